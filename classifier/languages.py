"""In which languages the model was measured; elsewhere its category counts as "can't judge"."""

TESTED = frozenset({"en"})
UNKNOWN = frozenset({"", "und", "qme", "zxx"})  # what feeds say where they cannot tell


def is_untested(code: str | None) -> bool:
    """Whether the model was never measured in this language; a language that nobody named counts as tested.

    Arguments:
        code: as the source gives it, like `pt` or `pt-BR`.
    """
    lowered = (code or "").lower()
    return lowered not in UNKNOWN and lowered.split("-")[0] not in TESTED
