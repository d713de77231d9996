"""The names that are translated are those of the constants."""

import pytest
from django.utils import translation

from classifier import categories
from responder import roles, terms


def test_every_constant_has_its_name() -> None:
    assert [str(name) for name in terms.SEVERITIES.values()] == list(categories.PRIORITIES)
    assert list(terms.NEEDS) == list(categories.NEEDS)
    assert {key: str(name) for key, name in terms.GROUPS.items()} == categories.GROUP_LABELS
    assert list(terms.GROUPS) == list(categories.GROUPS) and list(terms.ROLES) == list(roles.ROLES)
    shipped = {one.label for one in (*categories.CATEGORIES, categories.UNSURE)}
    assert shipped | set(categories.DESCRIPTIONS.values()) == terms.TEXTS


def test_unknown_keys_stay_readable() -> None:
    assert terms.severity(0) == "" and terms.severity(1) == "Critical"
    assert terms.need("baby_food") == "Baby food" and terms.need("infrastructure_related") == "Infrastructure"
    assert terms.role("logistics") == "logistics" and terms.shipped("Shops that are open") == "Shops that are open"


def test_names_of_languages_and_countries_are_in_the_readers_language() -> None:
    from responder.events.forms import country_names, language_names
    from responder.queries.items import language_name

    with translation.override("es"):
        assert language_name("pt").casefold() == "portugués"
        assert dict(language_names())["sw"] == "suajili" and dict(country_names())["FR"] == "Francia"
    assert dict(country_names())["ES"] == "Spain" and dict(language_names())["sw"] == "Swahili"


def test_shipped_names_are_looked_up_and_own_names_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from classifier import label_schemas

    monkeypatch.setattr(label_schemas, "_", lambda text: f"<{text}>")
    entries = label_schemas.shipped_entries()
    entries[0]["name"] = "Calls for help"
    with translation.override("es"):
        found = label_schemas._merged(entries, [], "es")
    assert found["requests_or_urgent_needs"].label == "Calls for help"
    assert found["not_humanitarian"].label == "<Not humanitarian>"
    assert found["not_humanitarian"].description == "<Not about the disaster and the people in it>"
    assert label_schemas._merged([], [], "en")["not_humanitarian"].label == "Not humanitarian"
