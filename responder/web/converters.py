"""Arguments of addresses: what cannot be an id is no address of ours, so that no view and no database meets it."""


class IdConverter:
    """A row's id: up to 18 digits, which every database compares. Django's own `int` takes any number of them."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
