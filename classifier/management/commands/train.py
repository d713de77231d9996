"""responder train: train a model on a table of labels or on a folder of known label files. Never runs in a worker."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import serving
from classifier.errors import ModelUnavailable, TrainingError
from classifier.label_files import COLUMNS, FORMATS

QUICK = {"limit": 300, "epochs": 1}
CORPUS_MODES, DATA_MODES = ("full", "lora", "head"), ("frozen", "setfit", "full")
CORPUS_ONLY, DATA_ONLY = ("leave_out", "quick"), ("schema", "label_map", "column", "format", "credit", "terms")
MISSING = "Install the training extra first: pip install 'relief-responder[training]'"


class Command(BaseCommand):
    help = (
        "Train a model into a folder: with --data on a table of your own labels, with --corpus on a folder of known "
        "label files. It goes into production only after it is registered and approved."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group()
        source.add_argument(
            "--data", type=Path, metavar="FILE",
            help="table with text and label (and event, split, lang, weight), or an export of a labelling tool; any class names",
        )  # fmt: skip
        source.add_argument(
            "--corpus", type=Path, metavar="DIR", help="folder of known label files; default: RESPONDER_CORPUS_DIR"
        )
        parser.add_argument("--output", type=Path, required=True, help="output folder; must be new or empty")
        parser.add_argument(
            "--base",
            default="",
            help="encoder, a Hugging Face name or path, or the folder of a trained model; default: the shipped model "
            "with --data, packaged MiniLM with --corpus",
        )
        parser.add_argument(
            "--mode", choices=dict.fromkeys((*DATA_MODES, *CORPUS_MODES)),
            help="with --data: frozen (the default: the encoder stays, minutes), setfit (few labels), full (fine-tuning); "
            "with --corpus: full (the default), lora, head",
        )  # fmt: skip
        parser.add_argument("--name", help="name of the model; default: own-labels, or responder-tweets with --corpus")
        parser.add_argument("--model-version", default="1")
        parser.add_argument(
            "--epochs", type=int, help="passes over the texts; default: by their number, 2 with --corpus"
        )
        parser.add_argument("--seed", type=int, default=7)
        own = parser.add_argument_group("with --data")
        own.add_argument(
            "--schema", type=Path, metavar="FILE", help="label schema (JSON): the classes' names and categories"
        )
        own.add_argument(
            "--label-map",
            type=Path,
            metavar="FILE",
            help="rename or merge labels: JSON, or a table with the columns label and category",
        )
        own.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="OURS=THEIRS",
            help="a column with another name; can be repeated",
        )
        own.add_argument(
            "--format",
            default="",
            metavar="FORMAT",
            help=f"one of {', '.join(FORMATS)}; default: by suffix and content",
        )
        own.add_argument("--credit", default="", help="whose labels these are, for the model card")
        own.add_argument("--terms", default="", help="terms or licence of the labels, for the model card")
        known = parser.add_argument_group("with --corpus")
        known.add_argument("--leave-out", default="", help="comma-separated events to hold out for evaluation")
        known.add_argument("--quick", action="store_true", help="a short test run with few rows and steps")

    def handle(self, **options: Any) -> None:
        try:
            import transformers  # noqa: F401
        except ImportError as error:
            raise CommandError(MISSING) from error
        kind, modes, others = (
            ("data", DATA_MODES, CORPUS_ONLY) if options["data"] else ("corpus", CORPUS_MODES, DATA_ONLY)
        )
        for name in others:
            if options[name]:
                raise CommandError(f"--{name.replace('_', '-')} can't be combined with --{kind}.", returncode=2)
        if options["mode"] and options["mode"] not in modes:
            raise CommandError(f"With --{kind}, --mode is one of {', '.join(modes)}.", returncode=2)
        try:
            (self._on_data if options["data"] else self._on_corpus)(**options)
        except (TrainingError, ModelUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error

    def _on_data(self, **options: Any) -> None:
        from classifier.ml.custom.arguments import CustomArguments
        from classifier.ml.custom.progress import ProgressLine
        from classifier.ml.custom.training import Trained, train

        arguments = CustomArguments(
            data=options["data"],
            output=options["output"],
            base=options["base"] or str(serving.shipped_folder()),
            schema=options["schema"],
            label_map=options["label_map"],
            columns=_columns(options["column"]),
            form=options["format"],
            mode=options["mode"] or "frozen",
            name=options["name"] or "own-labels",
            version=options["model_version"],
            epochs=options["epochs"] or 0,
            seed=options["seed"],
            credit=options["credit"].strip(),
            terms=options["terms"].strip(),
        )
        trained: Trained = train(arguments, progress=ProgressLine(self.stderr))  # type: ignore[arg-type]
        self.stdout.write(_summary(trained))

    def _on_corpus(self, **options: Any) -> None:
        from classifier.ml import bases
        from classifier.ml.arguments import TrainingArguments
        from classifier.ml.training import train

        corpus = options["corpus"] or settings.CORPUS_DIR
        if corpus is None:
            raise CommandError(
                "Name a table of labels with --data FILE, or the folder of label files with --corpus DIR or "
                "RESPONDER_CORPUS_DIR.",
                returncode=2,
            )
        if (found := bases.served_config(Path(options["base"]))) and "labels" not in found:
            raise TrainingError(f"{options['base']} answers classes of its own only: continue it with --data")
        knobs = bases.arguments_for(options["base"]) | {
            "base": options["base"],
            "version": options["model_version"],
            "mode": options["mode"] or "full",
            "leave_out": options["leave_out"],
            "epochs": 2 if options["epochs"] is None else options["epochs"],
            "seed": options["seed"],
        }
        if options["name"]:
            knobs["name"] = options["name"]
        arguments = TrainingArguments(
            corpus=corpus, output=options["output"], **(knobs | (QUICK if options["quick"] else {}))
        )
        self.stdout.write(str(train(arguments, report=self.stderr.write)))


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    """Our column → that of the file. Raises TrainingError for a pair that is none."""
    columns = {}
    for pair in pairs:
        ours, separator, theirs = pair.partition("=")
        if not separator or not theirs.strip():
            raise TrainingError(f"--column {pair!r}: write OURS=THEIRS, where OURS is one of {', '.join(COLUMNS)}")
        columns[ours.strip()] = theirs.strip()
    return columns


def _summary(trained: Any) -> str:
    """What was measured, and what to do next."""
    found, folder = trained.metrics["classes"], trained.folder
    (low, high), (least, most) = found["macro_f1_interval"], found["accuracy_interval"]
    lines = [
        f"{folder}: macro-F1 {found['macro_f1']:.3f} ({low:.3f}–{high:.3f}), accuracy {found['accuracy']:.3f} "
        f"({least:.3f}–{most:.3f}), calibration error {found['ece']:.3f} on {found['n']:,} test texts",
        *(f"  {name}: F1 {row['f1']:.3f} on {row['n']:,}" for name, row in found["per_class"].items() if row["n"]),
        *(f"  {name}: no test text, not measured" for name in found["absent"]),
        "",
        "Next:",
        f"  {folder}/README.md                                      the card: figures, and how to use the model",
        f"  responder evaluate OTHER.csv --model {folder}           measure it on other labels",
        f"  responder models compare {folder} production --data OTHER.csv",
        f"  responder models register {folder}                      to let it serve here, after an approval",
    ]
    return "\n".join(lines)
