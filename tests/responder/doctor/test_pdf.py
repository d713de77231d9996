"""The doctor says whether situation reports can be made as PDF."""

import pytest

from responder.doctor import machine
from responder.situation import pdf


@pytest.mark.parametrize(("missing", "state"), [((), "ok"), (("Pango", "PangoFT2"), "warning")])
def test_missing_libraries_are_a_warning_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...], state: str
) -> None:
    monkeypatch.setattr(pdf, "missing_libraries", lambda: missing)
    ((found, message, action),) = machine.check_pdf()
    assert found == state and all(name in message for name in missing)
    assert ("libpango" in action) == bool(missing)


def test_a_library_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIBRARIES", {"Nothing": ("libnothing-of-the-kind.so.0",)})
    assert pdf.missing_libraries.__wrapped__() == ("Nothing",)
