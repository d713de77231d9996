"""Setting up the translation engine: an administrator chooses it, limits it, tests it, and switches it on or off."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from classifier import addresses, clock, locks
from monitoring import audit
from responder import languages, roles
from responder.errors import Conflict, FieldChecks, Invalid, Missing, NotPermitted
from responder.feeds.connectors import addresses as server_addresses
from responder.models import Translation, TranslationEngine, User
from responder.models.translation import ADDRESS_LIMIT, REGION_LIMIT, SAMPLE_LIMIT
from responder.privacy import secrets

Kind, TestState = TranslationEngine.Kind, TranslationEngine.TestState
REGION = re.compile(r"^[a-z0-9-]*$")
PATH = re.compile(r"^(/[A-Za-z0-9._~-]+)*$")
KEY_LIMIT = 500
DEFAULT_ADDRESS = "https://api.cognitive.microsofttranslator.com"  # of Azure, for all regions
MOST_CHARACTERS, MOST_MONEY = 10_000_000_000, Decimal(100_000)
# Of an engine that is asked anew from the start.
FORGOTTEN: dict[str, Any] = {
    "pairs": {}, "pairs_at": None, "engine_version": "", "answered_at": None, "failures": 0, "paused_until": None,
    "last_error": "", "last_error_at": None, "test_state": "", "test_answer": "",
}  # fmt: skip


@audit.atomic()
def save(*, version: int, by: User, fields: Mapping[str, str]) -> TranslationEngine:
    """Set the engine up, or change it. A new one is switched off until it was tested.

    Arguments:
        version: that was loaded; 0 for none.
        fields: as the form sends them: kind, address, region, key, remove_key, price, characters_a_day, characters_a_month.

    Raises Conflict, InvalidFields for all invalid fields together, NotPermitted.
    """
    _permit(by)
    locks.one_at_a_time("translation-engine")
    engine = TranslationEngine.objects.select_for_update(no_key=True).filter(pk=1).first()
    if (engine.version if engine else 0) != version:
        raise Conflict(by=_("Someone"), what=_("changed the engine"), at=None, version=engine.version if engine else 0)
    values = _read(fields, engine)
    if engine is None:
        engine = TranslationEngine(pk=1, version=0)
    elif (values["kind"], values["address"]) != (engine.kind, engine.address):
        values |= FORGOTTEN | {"is_on": False}
    else:
        values |= {"failures": 0, "paused_until": None}
    for name, value in values.items():
        setattr(engine, name, value)
    engine.version += 1
    engine.save()
    Translation.objects.filter(state=Translation.State.WAITING).update(
        next_at=clock.now()
    )  # the limits may be other ones
    _record("saved", engine, by)
    return engine


@audit.atomic()
def switch(*, version: int, is_on: bool, by: User) -> TranslationEngine:
    """Switch translation on or off; translations stay. Raises Conflict, Invalid, Missing, NotPermitted."""
    engine = _opened(version, by)
    if engine.is_on == is_on:
        return engine
    if is_on and engine.price and engine.characters_a_day is None and engine.characters_a_month is None:
        raise Invalid(_("Translations cost money. Set a limit of characters first."))
    engine.is_on, engine.paused_until = is_on, None
    engine.version += 1
    engine.save()
    _record("switched_on" if is_on else "switched_off", engine, by)
    return engine


@audit.atomic()
def test(*, version: int, by: User, sample: str, language: str) -> TranslationEngine:
    """Let a worker translate a sample, and read the engine's languages. The page shows what comes of it.

    Arguments:
        language: into which; one of the interface's languages.

    Raises Conflict, InvalidFields, Missing, NotPermitted.
    """
    engine = _opened(version, by)
    checks = FieldChecks()
    text = checks.read("sample", _sample, sample)
    code = checks.read("language", _language, language)
    checks.require_valid()
    # The version stays: a test changes no setting, and its result is stored for the version that was tested.
    engine.test_state, engine.test_sample, engine.test_language = TestState.WAITING, text, code
    engine.test_answer, engine.test_at, engine.paused_until = "", clock.now(), None
    engine.save()
    _record("tested", engine, by, language=code, characters=len(text))
    return engine


@audit.atomic()
def remove(*, version: int, by: User) -> None:
    """Remove the engine with its key, and what waits. Translations that are done stay. Raises Conflict, Missing, NotPermitted."""
    engine = _opened(version, by)
    Translation.objects.filter(state=Translation.State.WAITING).delete()
    _record("removed", engine, by)
    engine.delete()


@audit.atomic()
def delete_translations(*, version: int, by: User) -> int:
    """Delete all translations, for example of an engine that translated badly. Returns how many. Raises as `remove`."""
    engine = _opened(version, by)
    count, _rows = Translation.objects.all().delete()
    _record("translations_deleted", engine, by, translations=count)
    return count


def _permit(by: User) -> None:
    if not roles.allows_in(by, roles.ADMINISTER, None):
        raise NotPermitted(_("Only administrators can set up the translation of posts."))


def _opened(version: int, by: User) -> TranslationEngine:
    """Lock and return the engine for a change."""
    _permit(by)
    engine = TranslationEngine.objects.select_for_update(no_key=True).filter(pk=1).first()
    if engine is None:
        raise Missing(_("No engine is set up. Somebody may have removed it."))
    if engine.version != version:
        raise Conflict(by=_("Someone"), what=_("changed the engine"), at=None, version=engine.version)
    return engine


def _read(fields: Mapping[str, str], engine: TranslationEngine | None) -> dict[str, Any]:
    checks = FieldChecks()
    kind = checks.read("kind", _kind, fields.get("kind", ""))
    address = checks.read("address", _address, fields.get("address", ""), kind)
    found = {
        "kind": kind,
        "address": address,
        "region": checks.read("region", _region, fields.get("region", ""), kind),
        "key": checks.read("key", _key, fields, engine, (kind, address)),
        "price": checks.read("price", _price, fields.get("price", "")),
        "characters_a_day": checks.read("characters_a_day", _characters, fields.get("characters_a_day", "")),
        "characters_a_month": checks.read("characters_a_month", _characters, fields.get("characters_a_month", "")),
    }
    if found["price"] and found["characters_a_day"] is None and found["characters_a_month"] is None:
        checks.refuse("characters_a_month", _("Translations cost money. Set a limit a day or a month."))
    checks.require_valid()
    return found


def _kind(text: str) -> str:
    if text not in Kind.values:
        raise Invalid(_("Choose one of the options."))
    return text


def _address(text: str, kind: str | None) -> str:
    """The checked address of a server, with a path where it has one. Raises Invalid."""
    text = text.replace("\x00", "").strip().rstrip("/")
    if not text and kind == Kind.AZURE:
        return DEFAULT_ADDRESS
    if not text:
        raise Invalid(_("Enter the address of the server."))
    if len(text) > ADDRESS_LIMIT or not text.isascii() or not text.isprintable():
        raise Invalid(
            _("Enter a web address of at most %(most)d characters, without spaces.") % {"most": ADDRESS_LIMIT}
        )
    parts = addresses.split(text)
    server = server_addresses.parse("https", f"{parts.scheme}://{parts.netloc}")
    if parts.query or parts.fragment or not PATH.match(parts.path):
        raise Invalid(_("Enter the address of the server alone, without parameters."))
    return f"{server}{parts.path}"


def _region(text: str, kind: str | None) -> str:
    region = text.strip().lower()
    if len(region) > REGION_LIMIT or not REGION.match(region):
        raise Invalid(_("Enter the region as Azure writes it, such as westeurope."))
    return region if kind == Kind.AZURE else ""


def _key(fields: Mapping[str, str], engine: TranslationEngine | None, place: tuple[str | None, str | None]) -> str:
    """The encrypted key to store. A stored one stays for the same engine at the same address, unless it is removed.

    Arguments:
        place: kind and address as they will be stored; None for an invalid one.

    Raises Invalid.
    """
    text, (kind, address) = fields.get("key", "").replace("\x00", "").strip(), place
    if text:
        if len(text) > KEY_LIMIT or not text.isascii() or not text.isprintable() or " " in text:
            raise Invalid(_("A key has at most %(most)d characters, without spaces.") % {"most": KEY_LIMIT})
        if (address or "").startswith("http://"):
            raise Invalid(_("A key is sent to addresses that begin with https:// only."))
        return secrets.encrypt(text)
    stored = engine.key if engine and not fields.get("remove_key") else ""
    if stored and engine and None not in place and place != (engine.kind, engine.address):
        raise Invalid(_("The stored key is for another server. Enter the key of the new one, or remove it."))
    if not stored and kind == Kind.AZURE:
        raise Invalid(_("Enter a key of the Azure resource."))
    return stored


def _price(text: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    try:
        amount = Decimal(text) if len(text) <= 16 else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MOST_MONEY or amount != amount.quantize(Decimal("0.0001")):
        raise Invalid(_("Enter an amount in US dollars with at most four decimals."))
    return amount


def _characters(text: str) -> int | None:
    text = text.strip().replace(",", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > 11 or not 1 <= int(text) <= MOST_CHARACTERS:
        raise Invalid(_("Enter the number of characters as a whole number, 1 or more."))
    return int(text)


def _sample(text: str) -> str:
    found = " ".join(text.replace("\x00", "").split())
    if not 1 <= len(found) <= SAMPLE_LIMIT:
        raise Invalid(_("Enter a sample of 1 to %(most)d characters.") % {"most": SAMPLE_LIMIT})
    return found


def _language(code: str) -> str:
    if code not in languages.of_interface():
        raise Invalid(_("Choose one of the options."))
    return code


def _record(step: str, engine: TranslationEngine, by: User, **more: object) -> None:
    chosen = {
        name: str(getattr(engine, name))
        for name in ("address", "region", "price", "characters_a_day", "characters_a_month")
    }
    audit.record(
        actor=f"user:{by.username}", action=f"translation_engine.{step}", object_type="translation_engine", object_id="1",
        detail={"kind": engine.kind, "key": "stored" if engine.key else "none"} | chosen | more,
    )  # fmt: skip
