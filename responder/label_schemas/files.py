"""The file of a label schema: `{"name": …, "categories": [{"key": …, "name": …, "maps_to": …}]}`."""

from typing import Any

from django.utils.translation import gettext as _

from classifier import bounded_json, label_schemas
from classifier.errors import LabelError
from classifier.label_schemas import Entry
from classifier.models import LabelSchema
from responder.errors import Invalid

MOST_BYTES, MOST_VALUES = 200_000, 10_000
USUAL: Entry = {"color": "", "glyph": "", "names": {}, "description": "", "offered": True, "merged_into": ""}


def as_file(schema: LabelSchema | None) -> dict[str, Any]:
    """The content of a schema's file, without what is usual; None stands for the shipped categories."""
    entries = schema.categories if schema else label_schemas.shipped_entries()
    shown = [
        {name: value for name, value in one.items() if name not in USUAL or value != USUAL[name]} for one in entries
    ]
    return {"name": schema.name if schema else "Shipped", "categories": shown}


def read_file(content: bytes) -> tuple[str, list[Entry]]:
    """(name, entries) of a schema's file. Raises Invalid."""
    if len(content) > MOST_BYTES:
        raise Invalid(_("A label schema can have at most %(most)d bytes.") % {"most": MOST_BYTES})
    try:
        given = bounded_json.loads(content, most_values=MOST_VALUES, strict=True)
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The file is not valid JSON: %(why)s") % {"why": str(error)[:100]}) from error
    if not isinstance(given, dict) or "categories" not in given:
        raise Invalid(_("The file must be a JSON object with a name and a list of categories."))
    name = given.get("name", "")
    if not isinstance(name, str):
        raise Invalid(_("The schema's name must be a text."))
    return name, parsed(given["categories"])


def parsed(entries: Any) -> list[Entry]:
    """The entries, checked and complete. Raises Invalid."""
    try:
        return label_schemas.parse(entries)
    except LabelError as error:
        raise Invalid(str(error)) from error
