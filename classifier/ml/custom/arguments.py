"""Every knob of a training on one's own labels, validated before anything heavy is loaded."""

import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.errors import TrainingError

FROZEN, SETFIT, FULL = "frozen", "setfit", "full"
MODES = (FROZEN, SETFIT, FULL)
RATES = {SETFIT: 5e-5, FULL: 1.5e-4}  # of the top layer
FEWEST_STEPS, MOST_STEPS = 60, 600  # of the contrastive part
MOST_EPOCHS, LEAST_EPOCHS, TEXTS_SEEN = 12, 3, 6_000  # of `full`: so many texts in all, within these epochs
LONGEST_TERMS = 500
# As the registry allows.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class CustomArguments:
    """Arguments of one training.

    Arguments:
        data: labelled texts: a table, or what a labelling tool wrote.
        output: folder of the finished model; must not exist or be empty.
        base: folder of a trained model or of a Hugging Face encoder, or the name of one; empty: the shipped model.
        schema: file with the classes, their names and categories; None: the labels of the table.
        label_map: file that renames labels; None renames none.
        columns: our column → that of the table, where it isn't the usual one.
        form: format of the file; empty: by its suffix and content.
        mode: `frozen` fits the classes' layer alone, `setfit` first pulls texts of a class together, `full` fine-tunes
            everything.
        name, version: identity of the model.
        epochs: passes over the texts in `full`; 0 chooses by their number.
        steps: of the contrastive part of `setfit`; 0 chooses by the number of texts.
        learning_rate: of the encoder's top layer; 0 chooses by the mode.
        seed: of everything random.
        threads: CPU threads; 0 takes OMP_NUM_THREADS, or all.
        max_tokens: of a text, for an encoder that doesn't say.
        credit, terms: whose labels they are, and the terms that they are under, for the card.
    """

    data: Path
    output: Path
    base: str = ""
    schema: Path | None = None
    label_map: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    form: str = ""
    mode: str = FROZEN
    name: str = "own-labels"
    version: str = "1"
    epochs: int = 0
    steps: int = 0
    batch_size: int = 16
    learning_rate: float = 0.0
    seed: int = 7
    threads: int = 0
    max_tokens: int = 96
    credit: str = ""
    terms: str = ""

    def __post_init__(self) -> None:
        problems = [
            text
            for wrong, text in (
                (self.output.is_file(), f"output {self.output} is a file"),
                (self.output.is_dir() and any(self.output.iterdir()), f"output {self.output} is not empty"),
                (self.mode not in MODES, f"mode must be one of {', '.join(MODES)}"),
                (not NAME.fullmatch(self.name), "the name has letters, digits, '.', '_' and '-', at most 100"),
                (not VERSION.fullmatch(self.version), "the version has letters, digits, '.', '_' and '-', at most 40"),
                (not 0 <= self.epochs <= 100, "epochs must lie between 0 and 100"),
                (not 0 <= self.steps <= 100_000, "steps must lie between 0 and 100,000"),
                (not 2 <= self.batch_size <= 1024, "batch_size must lie between 2 and 1024"),
                (not 0 <= self.learning_rate < 1, "learning_rate must lie between 0 and 1"),
                (not 8 <= self.max_tokens <= 512, "max_tokens must lie between 8 and 512"),
                (self.threads < 0, "threads must not be negative"),
                (
                    max(len(self.credit), len(self.terms)) > LONGEST_TERMS,
                    f"credit and terms have at most {LONGEST_TERMS} characters",
                ),
            )
            if wrong
        ]
        if problems:
            raise TrainingError("; ".join(problems))

    def chosen_for(self, texts: int) -> "CustomArguments":
        """The arguments with what 0 stands for, by the mode and the number of texts to learn from."""
        if self.mode == FROZEN:
            return self
        rate = self.learning_rate or RATES[self.mode]
        if self.mode == SETFIT:
            steps = self.steps or min(MOST_STEPS, max(FEWEST_STEPS, texts // 2))
            return replace(self, steps=steps, epochs=0, learning_rate=rate)
        epochs = min(MOST_EPOCHS, max(LEAST_EPOCHS, round(TEXTS_SEEN / max(1, texts))))
        return replace(self, epochs=self.epochs or epochs, steps=0, learning_rate=rate)

    def to_json(self) -> dict[str, Any]:
        """The arguments without paths, which say nothing about the model, and without those that the mode doesn't use."""
        left_out = {"data", "output", "base", "schema", "label_map", "columns", "form", "credit", "terms"}
        left_out |= {name for name in ("epochs", "steps", "learning_rate") if not getattr(self, name)}
        return {key: value for key, value in asdict(self).items() if key not in left_out}
