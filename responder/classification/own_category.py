"""The category that a post is shown with, where the model answers with classes of an organisation's own."""

from typing import Any

from classifier import categories


def shown_category(prediction: dict[str, Any]) -> str:
    """The category of the active label schema that the model's own class is, else the answered one of the ten.

    A schema's category is the class if it has its key or its name. It must belong to the category that was answered, so
    that severity and groups, which went by that one, still hold.
    """
    answered: str = prediction["category"]["label"]
    own = prediction.get("own_class")
    if not own or own["abstained"]:
        return answered
    found = own["key"] if own["key"] in categories.BY_ID else _named(own["name"])
    return found if found and categories.base_of(found) == answered else answered


def _named(name: str) -> str:
    folded = name.casefold()
    return next((one.id for one in categories.BY_ID.values() if one.base and one.label.casefold() == folded), "")
