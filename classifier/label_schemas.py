"""Label schemas: how an organisation names, colours, translates and divides the categories.

A schema is a list of entries. Those of the ten shipped categories change how these are shown; every other entry is a
category of the organisation's own, and belongs to one of the ten, by which severity, groups and rules go.

`shown` gives the categories as the active schema shows them. Each process keeps them in memory: a change made here is
seen at once, one made by another process within MAX_AGE_S, and no request needs a query of its own.
"""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.core.exceptions import SynchronousOnlyOperation
from django.db import Error as AnyDatabaseError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from classifier.categories import BY_ID, CANT_JUDGE, CATEGORIES, DESCRIPTIONS, GROUPS, SHIPPED, UNSURE, Category
from classifier.errors import LabelError
from classifier.models import LabelSchema

log = structlog.get_logger(__name__)
MAX_AGE_S, READ_AGAIN_S = 5.0, 0.5
MOST, MOST_LANGUAGES = 60, 40
KEY_LIMIT, NAME_LIMIT, DESCRIPTION_LIMIT = 48, 80, 300
KEY = re.compile(r"[a-z][a-z0-9_]{1,47}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
# Stems of the colour tokens: those of the shipped categories, and more that only an organisation's own use.
OWN_COLOURS = ("teal", "plum", "brick", "slate", "olive", "royal")
COLOURS = (*(one.css for one in CATEGORIES), *OWN_COLOURS)
GLYPHS = (
    *(one.glyph for one in CATEGORIES), "siren", "flag", "tag", "bell", "map-pin", "activity", "message-square", "archive", "users",
    "alarm-clock", "layers", "key-round",
)  # fmt: skip
Entry = dict[str, Any]
_OWN_FIELDS = ("key", "name", "maps_to", "color", "glyph", "names", "description", "offered", "merged_into")


def shipped_entries() -> list[Entry]:
    """The entries of a schema that changes nothing."""
    return [_entry(key=one.id, name=one.label, maps_to=one.id) for one in CATEGORIES]


def parse(given: Any) -> list[Entry]:
    """The entries of a schema's file or row, checked and complete; those of the ten that are missing are added.

    Raises LabelError, which names the entry.
    """
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise LabelError(_("A label schema needs a list of 1 to %(most)d categories.") % {"most": MOST})
    entries = [_parsed(number, one) for number, one in enumerate(given, start=1)]
    keys = [one["key"] for one in entries]
    for key in keys:
        if keys.count(key) > 1:
            raise LabelError(_("Two categories have the key “%(key)s”.") % {"key": key})
    entries += [one for one in shipped_entries() if one["key"] not in keys]
    _require_own_names(entries)
    for one in entries:
        _require_target(one, entries)
    return entries


def require_complete(entries: Sequence[Entry]) -> None:
    """Raise LabelError if a category belongs to none of the ten, so that no rule could place it."""
    loose = [one["name"] for one in entries if one["maps_to"] is None and not one["merged_into"]]
    if loose:
        raise LabelError(
            _(
                "Say first which of the ten categories these belong to, so that severity and groups can be decided: %(names)s."
            )
            % {"names": ", ".join(loose)}
        )


def key_of(name: str) -> str:
    """A key for a category of this name: `Bridge out` → `bridge_out`. Raises LabelError where the name gives none."""
    key = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")[:KEY_LIMIT].rstrip("_")
    if not KEY.fullmatch(key):
        raise LabelError(
            _("Enter a key as well: 2 to %(most)d small Latin letters, digits and underscores.") % {"most": KEY_LIMIT}
        )
    return key


def categories_of(entries: Sequence[Entry], language: str = "") -> list[Category]:
    """The entries as categories, in their order, without those that belong to none of the ten.

    Arguments:
        language: code of the language whose names are shown, where the schema has them.
    """
    by_key = {one["key"]: one for one in entries}
    found = []
    for one in entries:
        target = by_key.get(one["merged_into"], one)
        if (base := SHIPPED.get(target["maps_to"] or "")) is None:
            continue
        is_shipped = one["key"] == base.id
        found.append(
            Category(
                id=one["key"], label=_name(target, language), group=base.group, key=base.key if is_shipped else "",
                glyph=target["glyph"] or base.glyph, css=target["color"] or base.css, base="" if is_shipped else base.id,
                description=target["description"], is_offered=one["offered"] and target is one,
                merged_into=one["merged_into"],
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _State:
    """What this process knows of the schemas.

    Arguments:
        active: entries of the active schema; none without one. others: those of all other schemas.
        read_at: when, on the monotonic clock. shown: language → the categories, filled when a language is first asked for.
    """

    active: list[Entry]
    others: list[Entry]
    read_at: float
    shown: dict[str, Mapping[str, Category]]

    def in_language(self, language: str) -> Mapping[str, Category]:
        found = self.shown.get(language)
        if found is None:
            found = self.shown[language] = _merged(self.active, self.others, language)
        return found


_state: _State | None = None


def shown() -> Mapping[str, Category]:
    """Id → category, as the active schema shows it in the current language; the shipped ones without a schema."""
    global _state
    state = _state
    if state is None or time.monotonic() - state.read_at > MAX_AGE_S:
        state = _state = _read(state)
    return state.in_language(get_language() or "")


def shown_with(category_id: str) -> Mapping[str, Category]:
    """What `shown` gives, read again if that may bring this id: another process may have just added it."""
    global _state
    state = _state
    if state is not None and KEY.fullmatch(category_id) and READ_AGAIN_S < time.monotonic() - state.read_at < math.inf:
        _state = _read(state)
    return shown()


def forget() -> None:
    """Read the schemas again at the next look-up, after one was changed."""
    global _state
    _state = None


def assume_none() -> None:
    """Take for granted, until `forget` is called, that there is no schema. For tests, whose queries are counted."""
    global _state
    _state = _State([], [], math.inf, {})


def install() -> None:
    """Let `classifier.categories` follow the active schema."""
    BY_ID.follow(shown, shown_with)


def _read(before: _State | None) -> _State:
    """The schemas as they are now; as before where the database can't be asked."""
    now = time.monotonic()
    try:
        rows = list(LabelSchema.objects.order_by("pk").values_list("is_active", "categories"))
    except (AnyDatabaseError, SynchronousOnlyOperation) as error:
        log.debug("label schemas could not be read", error=type(error).__name__)
        return _State(before.active, before.others, now, before.shown) if before else _State([], [], now, {})
    active: list[Entry] = next((entries for is_active, entries in rows if is_active), [])
    others = [one for is_active, entries in rows if not is_active for one in entries]
    if before is not None and (before.active, before.others) == (active, others):
        return _State(active, others, now, before.shown)
    return _State(active, others, now, {})


def _merged(active: list[Entry], others: list[Entry], language: str) -> Mapping[str, Category]:
    """The active schema's categories, “can't judge”, and what texts may still have from other schemas."""
    if not active and not others:
        return _translated(SHIPPED, language)
    first = categories_of(active, language) if active else list(CATEGORIES)
    found = {one.id: one for one in first} | {UNSURE.id: UNSURE}
    own = [one for one in others if one["key"] not in SHIPPED]
    by_key = {one["key"]: one for one in [*others, *shipped_entries()]}
    for one in own:
        usable = one | {"offered": False}
        if usable["merged_into"] and usable["merged_into"] not in by_key:
            usable["merged_into"] = ""
        context = [usable, *(other for key, other in by_key.items() if key != one["key"])]
        found.setdefault(one["key"], next((c for c in categories_of(context, language) if c.id == one["key"]), UNSURE))
    return _translated(found, language)


def _translated(found: Mapping[str, Category], language: str) -> Mapping[str, Category]:
    """With the shipped names and descriptions in the current language. What an organisation named keeps its name."""
    if not language or language.partition("-")[0] == "en":
        return found
    return {key: _in_current_language(one) for key, one in found.items()}


def _in_current_language(one: Category) -> Category:
    shipped, text = SHIPPED.get(one.id), one.description or DESCRIPTIONS.get(one.base or one.id, "")
    label = _(one.label) if shipped and one.label == shipped.label else one.label
    return replace(one, label=label, description=_(text) if text else "")


def _name(entry: Entry, language: str) -> str:
    names = entry["names"]
    return str(names.get(language) or names.get(language.partition("-")[0]) or entry["name"])


def _entry(**given: Any) -> Entry:
    plain: Entry = {
        "key": "", "name": "", "maps_to": None, "color": "", "glyph": "", "names": {}, "description": "", "offered": True,
        "merged_into": "",
    }  # fmt: skip
    return plain | given


def _parsed(number: int, given: Any) -> Entry:
    if not isinstance(given, Mapping):
        raise LabelError(_("Category %(number)d is not a JSON object.") % {"number": number})
    unknown = [str(name) for name in given if name not in _OWN_FIELDS]
    if unknown:
        raise LabelError(
            _("Category %(number)d: “%(name)s” is unknown. Use %(known)s.")
            % {"number": number, "name": unknown[0][:40], "known": ", ".join(_OWN_FIELDS)}
        )
    name = _text(number, given, "name", NAME_LIMIT)
    if not name:
        raise LabelError(_("Category %(number)d needs a name.") % {"number": number})
    key = _text(number, given, "key", KEY_LIMIT) or key_of(name)
    _require_key(key)
    maps_to = given.get("maps_to")
    if key in SHIPPED:
        maps_to = maps_to or key
    _require_base(key, name, maps_to)
    color, glyph = _text(number, given, "color", KEY_LIMIT), _text(number, given, "glyph", KEY_LIMIT)
    if color and color not in COLOURS:
        raise LabelError(
            _("%(name)s: the colour “%(color)s” is unknown. Choose one of: %(known)s.")
            % {"name": name, "color": color, "known": ", ".join(COLOURS)}
        )
    if glyph and glyph not in GLYPHS:
        raise LabelError(
            _("%(name)s: the icon “%(glyph)s” is unknown. Choose one of: %(known)s.")
            % {"name": name, "glyph": glyph, "known": ", ".join(GLYPHS)}
        )
    offered = given.get("offered", True)
    if not isinstance(offered, bool):
        raise LabelError(_("%(name)s: “offered” must be true or false.") % {"name": name})
    return _entry(
        key=key, name=name, maps_to=maps_to, color=color, glyph=glyph, names=_names(name, given.get("names") or {}),
        description=_text(number, given, "description", DESCRIPTION_LIMIT), offered=offered,
        merged_into=_text(number, given, "merged_into", KEY_LIMIT),
    )  # fmt: skip


def _text(number: int, given: Mapping[str, Any], field: str, limit: int) -> str:
    value = given.get(field)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if (value is not None and not isinstance(value, str)) or len(text) > limit or not text.isprintable():
        raise LabelError(
            _("Category %(number)d: “%(field)s” must be a text of at most %(limit)d characters.")
            % {"number": number, "field": field, "limit": limit}
        )
    return text


def _names(name: str, given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > MOST_LANGUAGES:
        raise LabelError(
            _("%(name)s: names in other languages are written as language code and name.") % {"name": name}
        )
    found: dict[str, str] = {}
    for language, translated in given.items():
        code = str(language).strip().lower()
        text = " ".join(translated.split()) if isinstance(translated, str) else ""
        if not LANGUAGE.fullmatch(code) or not 0 < len(text) <= NAME_LIMIT or not text.isprintable():
            raise LabelError(
                _("%(name)s: “%(code)s” must be a language code, such as es, with a name of 1 to %(limit)d characters.")
                % {"name": name, "code": code[:20], "limit": NAME_LIMIT}
            )
        found[code] = text
    return found


def _require_key(key: str) -> None:
    if not KEY.fullmatch(key) or key == CANT_JUDGE or key in GROUPS:
        raise LabelError(
            _(
                "“%(key)s” can't be a key. Use 2 to %(most)d small Latin letters, digits and underscores, and no group's name."
            )
            % {"key": key[:60], "most": KEY_LIMIT}
        )


def _require_base(key: str, name: str, maps_to: Any) -> None:
    if key in SHIPPED and maps_to != key:
        raise LabelError(_("%(name)s is one of the ten, so it belongs to itself.") % {"name": name})
    if maps_to is not None and (not isinstance(maps_to, str) or maps_to not in SHIPPED or maps_to == CANT_JUDGE):
        raise LabelError(
            _("%(name)s: “%(key)s” is none of the ten categories.") % {"name": name, "key": str(maps_to)[:60]}
        )


def _require_own_names(entries: Sequence[Entry]) -> None:
    seen: dict[str, str] = {UNSURE.label.casefold(): CANT_JUDGE}
    for one in entries:
        if one["merged_into"]:
            continue
        other = seen.setdefault(one["name"].casefold(), one["key"])
        if other != one["key"]:
            raise LabelError(_("Two categories have the name “%(name)s”.") % {"name": one["name"]})


def _require_target(entry: Entry, entries: Sequence[Entry]) -> None:
    if not entry["merged_into"]:
        return
    target = next((one for one in entries if one["key"] == entry["merged_into"]), None)
    if entry["key"] in SHIPPED:
        raise LabelError(_("%(name)s is one of the ten and can't be merged into another.") % {"name": entry["name"]})
    if target is None or target is entry or target["merged_into"]:
        raise LabelError(_("%(name)s can't be merged into that category.") % {"name": entry["name"]})
