"""Every knob of a training run, validated before anything heavy is loaded."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classifier.errors import TrainingError

MODES = ("full", "lora", "head")


@dataclass(frozen=True)
class TrainingArguments:
    """Arguments of one training run.

    Arguments:
        corpus: folder of label files, see `sources`.
        output: folder of the finished model; must not exist or be empty.
        base: encoder, a Hugging Face name or path, or the folder of a model that was trained here, see `bases`; empty:
            the packaged MiniLM.
        name, version: identity of the model.
        mode: `full` trains everything, `lora` low-rank updates of the encoder, `head` the answer layers alone.
        epochs: passes over the category data.
        patience: stop after so many epochs in a row without a better category on held-out texts.
        side_share: share of the other tasks' batches in each epoch.
        frozen_words: leave the word embeddings as they are: a multilingual encoder then keeps words of other languages
            beside those that are trained on.
        frozen_layers: lowest layers of the encoder that are left as they are, for the same reason; saves their
            backward pass too.
        situations: learn also from the situations told in 20 languages that come with this package.
        batch_size: texts in one step.
        learning_rate: of the encoder's top layer; lower layers get `layer_decay` of the one above.
        head_learning_rate: of the answer layers, and of low-rank updates.
        consistency: weight of R-Drop on the category; above 0 its texts are run twice.
        average: decay of the moving average of the weights that is kept in the end; 0 keeps the last ones.
        max_tokens: of the text; more are cut off.
        split_hashtags: read "#CycloneIdai" as "Cyclone Idai"; the model keeps it in its config and serves so.
        seed: of everything random.
        threads: CPU threads; 0 takes OMP_NUM_THREADS, or all.
        limit: at most so many texts per task; 0 takes all. A few hundred make the `quick` profile.
        leave_out: events, joined by commas, of which nothing is learnt; they are measured on.
        checkpoint_every: steps between two checkpoints, from which a killed run resumes; 0 makes none.
    """

    corpus: Path
    output: Path
    base: str = ""
    name: str = "responder-tweets"
    version: str = "1"
    mode: str = "full"
    epochs: int = 2
    patience: int = 2
    side_share: float = 0.4
    frozen_words: bool = False
    frozen_layers: int = 0
    situations: bool = False
    batch_size: int = 64
    learning_rate: float = 1.5e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 0.85
    weight_decay: float = 0.01
    warmup_share: float = 0.06
    label_smoothing: float = 0.05
    consistency: float = 1.0
    average: float = 0.998
    dropout: float = 0.1
    max_tokens: int = 96
    split_hashtags: bool = False
    seed: int = 7
    threads: int = 0
    limit: int = 0
    leave_out: str = ""
    checkpoint_every: int = 200

    def __post_init__(self) -> None:
        problems = [
            text
            for wrong, text in (
                (not self.corpus.is_dir(), f"corpus {self.corpus} is not a folder"),
                (self.output.is_dir() and any(self.output.iterdir()), f"output {self.output} is not empty"),
                (self.mode not in MODES, f"mode must be one of {', '.join(MODES)}"),
                (not 1 <= self.epochs <= 100, "epochs must lie between 1 and 100"),
                (not 1 <= self.patience <= 100, "patience must lie between 1 and 100"),
                (not 0 < self.side_share <= 1, "side_share must lie above 0 and at most at 1"),
                (not 0 <= self.frozen_layers <= 100, "frozen_layers must lie between 0 and 100"),
                (not 1 <= self.batch_size <= 1024, "batch_size must lie between 1 and 1024"),
                (not 0 < self.learning_rate < 1, "learning_rate must lie between 0 and 1"),
                (not 0 < self.head_learning_rate < 1, "head_learning_rate must lie between 0 and 1"),
                (not 0 < self.layer_decay <= 1, "layer_decay must lie above 0 and at most at 1"),
                (not 0 <= self.consistency <= 10, "consistency must lie between 0 and 10"),
                (not 0 <= self.average < 1, "average must lie between 0 and 1"),
                (not 0 <= self.dropout < 1, "dropout must lie between 0 and 1"),
                (not 8 <= self.max_tokens <= 512, "max_tokens must lie between 8 and 512"),
                (
                    self.threads < 0 or self.limit < 0 or self.checkpoint_every < 0,
                    "threads, limit and checkpoint_every must not be negative",
                ),
            )
            if wrong
        ]
        if problems:
            raise TrainingError("; ".join(problems))

    @property
    def events_left_out(self) -> tuple[str, ...]:
        return tuple(event.strip() for event in self.leave_out.split(",") if event.strip())

    def to_json(self) -> dict[str, Any]:
        """All arguments but the folders, which say nothing about the model."""
        return {key: value for key, value in asdict(self).items() if key not in ("corpus", "output")}
