"""URL converters: a path whose id can't exist is not found, before any view or query."""


class IdConverter:
    """A row's id: up to 18 digits, which every database compares. Django's own `int` takes any number of them."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
