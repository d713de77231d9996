"""Label files: labelled texts in tables and in the formats of labelling tools, read and written both ways."""

from classifier.label_files.formats import FORMATS, SUFFIXES, WRITTEN
from classifier.label_files.reading import LabelFile, Options, UnclearColumns
from classifier.label_files.rows import LabelledText, Unlabelled
from classifier.label_files.tabular import COLUMNS

__all__ = [
    "COLUMNS",
    "FORMATS",
    "SUFFIXES",
    "WRITTEN",
    "LabelFile",
    "LabelledText",
    "Options",
    "UnclearColumns",
    "Unlabelled",
]
