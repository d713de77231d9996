"""The names that are translated are those of the constants."""

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
