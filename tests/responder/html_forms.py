"""Reads the forms of a page as a browser does: values, errors beside fields, and what has the focus."""

from typing import Any

from lxml import html


class FormReader:
    """The form fields of a page."""

    def __init__(self, page: str) -> None:
        self._page = html.fromstring(page)
        ids = self._page.xpath("//@id")
        assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})

    @property
    def errors(self) -> dict[str, str]:
        """The message that describes each invalid field, by the field's name."""
        return {one.get("name"): self._message(one) for one in self._page.xpath("//*[@aria-invalid='true']")}

    @property
    def top_errors(self) -> list[str]:
        """The messages that belong to no field."""
        return [
            one.text_content().strip() for one in self._page.xpath("//*[@role='alert' and (not(@id) or @id='problem')]")
        ]

    @property
    def focused(self) -> list[str]:
        """Ids of the elements that ask for the focus."""
        return list(self._page.xpath("//*[@autofocus]/@id"))

    @property
    def open_menus(self) -> list[str]:
        """What the open disclosures are called."""
        return [one.text_content().strip() for one in self._page.xpath("//details[@open]/summary")]

    def value(self, name: str, under: str = "") -> str | None:
        """The value of the field with this name; None without one.

        Arguments:
            under: ends the address of its form, where several forms have such a field.
        """
        forms = f"//form[substring(@action, string-length(@action) - {len(under) - 1}) = '{under}']" if under else ""
        found = self._page.xpath(f"{forms}//*[@name='{name}']")
        assert len(found) <= 1, (name, under)
        return _value(found[0]) if found else None

    def by_id(self, name: str) -> str:
        """The value of the field with this id."""
        return _value(self._page.get_element_by_id(name))

    def ticked(self, name: str) -> list[str]:
        """The values of the ticked checkboxes with this name."""
        return list(self._page.xpath(f"//input[@name='{name}' and @checked]/@value"))

    def _message(self, invalid: Any) -> str:
        """The text of the error that describes the field, or the field set that it is in."""
        described = invalid.xpath("ancestor-or-self::*[@aria-describedby][1]/@aria-describedby")
        errors = [one for ids in described for one in ids.split() if one.endswith("_error")]
        return " ".join(self._page.get_element_by_id(one).text_content().strip() for one in errors)


def _value(field: Any) -> str:
    text = str(field.value or "")
    return text.removeprefix("\n") if field.tag == "textarea" else text  # browsers skip that line break


def read_forms(response: Any) -> FormReader:
    """The forms of a response's page."""
    return FormReader(response.content.decode())
