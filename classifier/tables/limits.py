"""Limits on how much of a file is read at once. Every value in a file is checked against them before it is used."""

LINE_LIMIT = 1_000_000  # characters of a line, of a multi-line row, and so of a cell
ROW_LINES = 10_000  # lines of a multi-line row
COLUMN_LIMIT = 2_000
VALUE_LIMIT = 5_000  # of a JSON row
PAGE_LIMIT = 4_000_000  # characters of a JSON object that holds many posts
PAGE_VALUES = 300_000
SKIP_LIMIT = 20_000_000  # characters of one line that are read to find its end
SAMPLE_LINES = 200  # to find the delimiter and the header
SAMPLE_CHARACTERS = 250_000
LEAST_ID, GREATEST_ID = -(2**63), 2**64 - 1  # numbers of 64 bits, as databases and networks give them
