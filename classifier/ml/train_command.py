"""The program behind `responder train`: its options, and what it does with them.

Plain Python without Django, so that a training job in Azure runs it too, with the same options as a person here:

    python -m classifier.ml.train_command --data FILE --base DIR --output DIR
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from classifier.errors import TrainingError
from classifier.label_files import COLUMNS, FORMATS
from classifier.ml.custom.arguments import FROZEN, CustomArguments
from classifier.ml.custom.arguments import MODES as DATA_MODES

if TYPE_CHECKING:
    from classifier.ml.custom.training import Trained

QUICK = {"limit": 300, "epochs": 1}
CORPUS_MODES = ("full", "lora", "head")
CORPUS_ONLY, DATA_ONLY = ("leave_out", "quick"), ("schema", "label_map", "column", "format", "credit", "terms")
MISSING = "Install the training extra first: pip install 'relief-responder[training]'"
# Several pairs may stand in one value, as a component of Azure ML takes no option twice.
NEXT_PAIR = re.compile(rf";\s*(?=(?:{'|'.join(COLUMNS)})=)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of both kinds of training: on a table of labels, and on a folder of known label files."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--data", type=Path, metavar="FILE", help=_DATA)
    source.add_argument(
        "--corpus", type=Path, metavar="DIR", help="folder of known label files; default: RESPONDER_CORPUS_DIR"
    )
    _add_common(parser, modes=(*DATA_MODES, *CORPUS_MODES))
    _add_own(parser.add_argument_group("with --data"))
    known = parser.add_argument_group("with --corpus")
    known.add_argument("--leave-out", default="", help="comma-separated events to hold out for evaluation")
    known.add_argument("--quick", action="store_true", help="a short test run with few rows and steps")


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of a training on a table of labels alone."""
    parser.add_argument("--data", type=Path, metavar="FILE", required=True, help=_DATA)
    _add_common(parser, modes=DATA_MODES)
    _add_own(parser)


def run(
    options: Mapping[str, Any],
    *,
    shipped: Callable[[], Path] | None,
    corpus: Path | None,
    stream: TextIO | Any,
    advise: bool = True,
) -> str:
    """Train as the options say. Returns what to print at the end.

    Arguments:
        shipped: gives the folder of the shipped model, which `--data` starts from; None: `--base` must name one.
        corpus: the folder of label files that is used without `--corpus`.
        stream: gets the lines of progress.
        advise: say which commands follow.

    Raises TrainingError.
    """
    kind, modes, others = ("data", DATA_MODES, CORPUS_ONLY) if options["data"] else ("corpus", CORPUS_MODES, DATA_ONLY)
    for name in others:
        if options[name]:
            raise TrainingError(f"--{name.replace('_', '-')} can't be combined with --{kind}.")
    if options["mode"] and options["mode"] not in modes:
        raise TrainingError(f"With --{kind}, --mode is one of {', '.join(modes)}.")
    if options["data"]:
        return _on_data(options, shipped, stream, advise=advise)
    return _on_corpus(options, corpus, stream)


def data_arguments(options: Mapping[str, Any], *, base: str) -> CustomArguments:
    """The training on a table that the options describe. Raises TrainingError."""
    return CustomArguments(
        data=options["data"],
        output=options["output"],
        base=base,
        schema=options["schema"],
        label_map=options["label_map"],
        columns=parse_columns(options["column"]),
        form=options["format"],
        mode=options["mode"] or FROZEN,
        name=options["name"] or "own-labels",
        version=options["model_version"],
        epochs=options["epochs"] or 0,
        seed=options["seed"],
        credit=options["credit"].strip(),
        terms=options["terms"].strip(),
    )


_DATA = "table with text and label (and event, split, lang, weight), or an export of a labelling tool; any class names"


def _add_common(parser: argparse.ArgumentParser, *, modes: Sequence[str]) -> None:
    parser.add_argument("--output", type=Path, required=True, help="output folder; must be new or empty")
    parser.add_argument(
        "--base",
        default="",
        help="encoder, a Hugging Face name or path, or the folder of a trained model; default: the shipped model "
        "with --data, packaged MiniLM with --corpus",
    )
    parser.add_argument(
        "--mode", choices=dict.fromkeys(modes),
        help="with --data: frozen (the default: the encoder stays, minutes), setfit (few labels), full (fine-tuning); "
        "with --corpus: full (the default), lora, head",
    )  # fmt: skip
    parser.add_argument("--name", help="name of the model; default: own-labels, or responder-tweets with --corpus")
    parser.add_argument("--model-version", default="1")
    parser.add_argument("--epochs", type=int, help="passes over the texts; default: by their number, 2 with --corpus")
    parser.add_argument("--seed", type=int, default=7)


def _add_own(own: Any) -> None:
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
        help="a column with another name; can be repeated, or several separated by ';'",
    )
    own.add_argument(
        "--format", default="", metavar="FORMAT", help=f"one of {', '.join(FORMATS)}; default: by suffix and content"
    )
    own.add_argument("--credit", default="", help="whose labels these are, for the model card")
    own.add_argument("--terms", default="", help="terms or licence of the labels, for the model card")


def _on_data(options: Mapping[str, Any], shipped: Callable[[], Path] | None, stream: TextIO, *, advise: bool) -> str:
    from classifier.ml.custom.progress import ProgressLine
    from classifier.ml.custom.training import train

    base = options["base"] or (str(shipped()) if shipped else "")
    trained = train(data_arguments(options, base=base), progress=ProgressLine(stream))
    return "\n".join([*_figures(trained), *(_next_steps(trained.folder) if advise else [])])


def _on_corpus(options: Mapping[str, Any], corpus: Path | None, stream: TextIO) -> str:
    from classifier.ml import bases
    from classifier.ml.arguments import TrainingArguments
    from classifier.ml.training import train

    folder = options["corpus"] or corpus
    if folder is None:
        raise TrainingError(
            "Name a table of labels with --data FILE, or the folder of label files with --corpus DIR or "
            "RESPONDER_CORPUS_DIR."
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
        corpus=folder, output=options["output"], **(knobs | (QUICK if options["quick"] else {}))
    )

    def report(line: str) -> None:
        stream.write(f"{line}\n")

    return str(train(arguments, report=report))


def parse_columns(pairs: Sequence[str]) -> dict[str, str]:
    """The option `--column OURS=THEIRS` as our column → that of the file. Raises TrainingError for a pair that is none."""
    columns = {}
    for pair in (part for value in pairs for part in NEXT_PAIR.split(value)):
        ours, separator, theirs = pair.partition("=")
        if not separator or not theirs.strip():
            raise TrainingError(f"--column {pair!r}: write OURS=THEIRS, where OURS is one of {', '.join(COLUMNS)}")
        columns[ours.strip()] = theirs.strip()
    return columns


def _figures(trained: "Trained") -> list[str]:
    """What was measured."""
    found, folder = trained.metrics["classes"], trained.folder
    (low, high), (least, most) = found["macro_f1_interval"], found["accuracy_interval"]
    return [
        f"{folder}: macro-F1 {found['macro_f1']:.3f} ({low:.3f}–{high:.3f}), accuracy {found['accuracy']:.3f} "
        f"({least:.3f}–{most:.3f}), calibration error {found['ece']:.3f} on {found['n']:,} test texts",
        *(f"  {name}: F1 {row['f1']:.3f} on {row['n']:,}" for name, row in found["per_class"].items() if row["n"]),
        *(f"  {name}: no test text, not measured" for name in found["absent"]),
    ]


def _next_steps(folder: Path) -> list[str]:
    return [
        "",
        "Next:",
        f"  {folder}/README.md                                      the card: figures, and how to use the model",
        f"  responder evaluate OTHER.csv --model {folder}           measure it on other labels",
        f"  responder models compare {folder} production --data OTHER.csv",
        f"  responder models register {folder}                      to let it serve here, after an approval",
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """`responder train` without Django. Returns 0, or 2 if the data or the options are invalid."""
    parser = argparse.ArgumentParser(description="Train a model as `responder train` does.")
    add_arguments(parser)
    try:
        text = run(vars(parser.parse_args(argv)), shipped=None, corpus=None, stream=sys.stderr, advise=False)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{text}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
