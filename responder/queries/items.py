"""Posts as pages show them: masked text, labels for numbers, and the measured precision of each statement."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q
from django.utils.translation import get_language, get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from classifier import categories, languages
from classifier.places import positions
from responder import confidence_bands, roles, terms
from responder.models import FieldReport, Place, Post, SharedId, TriageAction
from responder.privacy import leaving, links
from responder.privacy.masking import mask, mask_author, point
from responder.queries import posts as visible_posts

SEVERITY_WORDS = terms.SEVERITIES
PIN_REASONS = {  # of a place: where the pin on the map comes from
    "": gettext_lazy("named in text"), positions.IN_TEXT: gettext_lazy("coordinates in the post"),
    positions.MAP_LINK: gettext_lazy("map link in the post"),
    positions.PLUS_CODE: gettext_lazy("plus code in the post"),
    Place.SOURCE: gettext_lazy("position of the author, given by the source"),
    Place.SOURCE_AREA: gettext_lazy("area of the author, given by the source"),
    Place.STATED: gettext_lazy("place stated in the report"),
}  # fmt: skip
ENOUGH_REVIEWED = 100
ALTERNATIVES = 2
Item = dict[str, Any]
Precision = dict[tuple[bool, int | None], float]


def present_all(found: Sequence[Post]) -> list[Item]:
    """Items for `found`, which come with event, model, reviewer and places; two or three more queries for any number."""
    copies, precision, reports = _copies(found), measured_precision(), _field_reports(found)
    return [_present(post, copies, precision) | {"field_report": reports.get(post.pk)} for post in found]


def find(post_id: int, reader: roles.Person) -> Item | None:
    """The item of one post that `reader` may see, or None."""
    rows = visible_posts.with_related(visible_posts.visible(reader)).filter(pk=post_id)
    found = list(rows)
    return in_full(found[0]) if found else None


def in_full(post: Post) -> Item:
    """Return the item of a single post, as `present_all` does, and whether another post has the same stated ID."""
    return present_all([post])[0] | {"shared_id": SharedId.is_shared(post), "undo_place": _may_undo_place(post)}


def _may_undo_place(post: Post) -> bool:
    """Whether the next undo takes back the place that a person set."""
    if post.placed_by_id is None:
        return False
    standing = post.actions.filter(undone_by=None).exclude(verb=TriageAction.Verb.UNDO).order_by("-version").first()
    return standing is not None and standing.verb == TriageAction.Verb.PLACE


def measured_precision() -> Precision:
    """(exercise?, band) → share of the model's categories that people agreed with; only where 100 were reviewed."""
    agreed = Q(category=F("model_category")) & ~Q(status=Post.Status.DISMISSED)
    agreed |= Q(model_category="not_humanitarian", status=Post.Status.DISMISSED)
    for own in categories.BY_ID.values():
        if own.base:
            agreed |= Q(category=own.id, model_category=own.base)
    rows = (
        visible_posts.classified()
        .exclude(status=Post.Status.UNREVIEWED)
        .exclude(band=None)
        .order_by()
        .values("is_exercise", "band")
        .annotate(reviewed=Count("id"), right=Count("id", filter=agreed))
    )
    return {
        (row["is_exercise"], row["band"]): row["right"] / row["reviewed"]
        for row in rows
        if row["reviewed"] >= ENOUGH_REVIEWED
    }


def _copies(found: Sequence[Post]) -> dict[tuple[int | None, str], int]:
    keys = {post.text_key for post in found}
    rows = (
        visible_posts.classified()
        .filter(text_key__in=keys, event__in={post.event_id for post in found})
        .order_by()
        .values("event_id", "text_key")
        .annotate(count=Count("id"))
    )
    return {(row["event_id"], row["text_key"]): row["count"] for row in rows}


def _present(post: Post, copies: dict[tuple[int | None, str], int], precision: Precision) -> Item:
    return {
        "id": post.pk,
        "event_id": post.event_id,
        "text": mask(post.text),
        "correction": mask(post.correction or ""),
        "lang": post.lang,
        "lang_name": language_name(post.lang),
        "lang_detected": post.lang_stated is not None and bool(post.lang),
        "lang_stated": _stated(post),
        "links": [_link(post, link) for link in post.links],
        "unmeasured": post.group == categories.UNMEASURED,
        "created_at": post.created_at,
        "author_masked": mask_author(post.author_handle),
        "category": category_of(post),
        "confidence": _confidence(post, precision),
        "severity": {
            "level": post.severity,
            "word": terms.severity(post.severity or 0),
            "reason": post.severity_reason,
        },
        "emergency": {"label": post.emergency, "word": _("Emergency") if post.emergency else ""},
        "needs": [need_label(need) for need in post.needs],
        "place": _place(post),
        "placed": _placed(post),
        "mentions": [mask(place.text) for place in post.places.all() if not place.resolved],
        "status": post.status,
        "unanswered": post.is_unanswered,
        "status_word": post.get_status_display(),
        "reviewed_by": post.reviewed_by.display_name if post.reviewed_by else "",
        "reviewed_at": post.reviewed_at,
        "version": post.version,
        "duplicates": max(0, copies.get((post.event_id, post.text_key), 1) - 1),
        "model": _model(post),
        "source": post.source,
        "time_source": post.get_time_source_display(),
        "is_exercise": post.is_exercise,
    }


def _field_reports(found: Sequence[Post]) -> dict[int, dict[str, Any]]:
    """Post → what is known of the report behind it, without saying who reported."""
    ids = [post.pk for post in found if post.source in FieldReport.Kind.values]
    return {
        report.post_id: {
            "ref": report.ref, "kind": report.get_kind_display(), "about": report.get_about_display(),
            "has_contact": bool(report.contact), "attachments": report.attachments,
        }
        for report in (FieldReport.objects.filter(post__in=ids) if ids else ())
    }  # fmt: skip


def category(category_id: str) -> dict[str, str]:
    """How a category is shown: id, label, css, glyph, group, key."""
    known = categories.BY_ID.get(category_id, categories.UNSURE)
    return {name: getattr(known, name) for name in ("id", "label", "css", "glyph", "group", "key")}


def category_of(post: Post) -> dict[str, str]:
    """How the post's category is shown, or that nobody has read it."""
    return unread_category() if post.group == categories.UNMEASURED else category(post.category)


def unread_category() -> dict[str, str]:
    """How a post is shown that the model can't read: no category, and no calm colour."""
    return category(categories.CANT_JUDGE) | {
        "label": _("Not read yet"),
        "css": categories.UNMEASURED,
        "glyph": categories.GROUP_GLYPHS[categories.UNMEASURED],
        "group": categories.UNMEASURED,
    }


def _link(post: Post, link: str) -> dict[str, str]:
    """How a link is shown: its text; `href` if it opens at once, `confirm` if a page asks first; neither if it is masked."""
    shown = links.shown(link)
    known = bool(shown.href) and leaving.is_known(link, post.source)
    return {
        "text": shown.text,
        "href": shown.href if known else "",
        "confirm": leaving.confirmation(post.pk, link) if shown.href and not known else "",
    }


def _stated(post: Post) -> str:
    """The source's language code, where the detected one differs."""
    stated = post.lang_stated or ""
    return "" if stated.lower() in languages.UNKNOWN else language_name(stated)


def language_name(code: str) -> str:
    """Return the name of a language code in the reader's language, or the code itself if it is unknown."""
    if code in languages.UNKNOWN:
        return _("Unknown language")
    reader = get_language() or "en"
    for known in (code.lower(), code.lower().split("-")[0]):
        try:
            found = get_language_info(known)
        except KeyError:
            continue
        if reader == "en" or found["name_translated"] != found["name"]:  # Django's own files lack a few names
            return str(found["name_translated"])
    return languages.name_of(code, reader)


def need_label(need: str) -> str:
    """The label of a need: `medical_help` → `Medical help`."""
    return terms.need(need)


def _confidence(post: Post, precision: Precision) -> dict[str, Any]:
    band = post.band if post.band in confidence_bands.WORDS else confidence_bands.LOWEST
    share = precision.get((post.is_exercise, band))
    return {
        "band": band,
        "word": str(confidence_bands.WORDS[band]),
        "phrase": _phrase(share) if share is not None else None,
        "alternatives": _alternatives(post),
        "abstained": post.abstained,
    }


def _phrase(share: float) -> str:
    tenths = round(share * 10)
    if tenths >= 10:
        return _("right more than 9 times in 10")
    if tenths < 1:
        return _("right less than once in 10")
    return _("right about %(tenths)d times in 10") % {"tenths": tenths}


def _alternatives(post: Post) -> list[dict[str, str]]:
    others = {name: p for name, p in post.probabilities.items() if name != post.category and name in categories.BY_ID}
    best = sorted(others, key=lambda name: (-others[name], name))[:ALTERNATIVES]
    return [category(name) | {"phrase": _tenths(others[name])} for name in best]


def _tenths(probability: float) -> str:
    tenths = round(probability * 10)
    return _("%(tenths)d in 10") % {"tenths": tenths} if tenths else _("< 1 in 10")


def pin_reason(place: Place) -> str:
    """Why a place of a post is where it is."""
    return str(PIN_REASONS.get(place.reason, PIN_REASONS[""]))


def _place(post: Post) -> dict[str, Any] | None:
    if not post.located:
        return None
    latitude, longitude = point(post.latitude, post.longitude, post.radius_km)
    return {
        "name": post.place_name or _("Coordinates"),
        "stored_name": post.place_name,
        "type": post.place_type,
        "country_code": post.country_code,
        "latitude": latitude,
        "longitude": longitude,
        "radius_km": post.radius_km,
        "source_phrase": _source_phrase(post),
    }


def _placed(post: Post) -> dict[str, Any] | None:
    """Who set the place by hand, or said that there is none, and when; None where no person did."""
    if post.placed_by is None:
        return None
    return {"by": post.placed_by.display_name, "at": post.placed_at, "before_edit": post.placed_before_edit}


def _source_phrase(post: Post) -> str:
    """Where the pin comes from, and how exact it is."""
    if post.placed_by is not None:
        phrase = _("set by %(who)s") % {"who": post.placed_by.display_name}
    else:
        reason = next((place.reason for place in post.places.all() if place.chosen), "")
        phrase = str(PIN_REASONS.get(reason, PIN_REASONS[""]))
    if post.radius_km is None:
        return phrase
    km = f"{post.radius_km:.0f}" if post.radius_km >= 1 else "1"
    return _("%(reason)s, within about %(km)s km") % {"reason": phrase, "km": km}


def _model(post: Post) -> dict[str, str]:
    version = post.model_version
    return {"name": version.name if version else "", "version": version.version if version else ""}
