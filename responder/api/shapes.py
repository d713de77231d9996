"""Serializers of posts and map: queries, which are validated, and responses, which are documented."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from classifier import categories
from classifier.api.base import Choice, between
from classifier.api.serializers import ModelSerializer, StrictCharField
from responder.queries import filters, mercator, spans

PAGE_SIZE = 50
LARGEST_PAGE = 200
NUMBER = r"-?\d{1,3}(\.\d{1,7})?"
LETTERS = "A-Za-z0-9\u00c0-\u00d6\u0410-\u044f\u0621-\u063a\u4e00-\u9fa5"  # a name has one of them
WORDS = r"^[^\x00]*$"
LABELS = "|".join([*categories.GROUPS, *categories.SHIPPED])


SEVERITIES = gettext_lazy("Use one or more of: 1 (Critical), 2 (High), 3 (Medium), 4 (Low), separated by commas.")
BOX = gettext_lazy("Use west,south,east,north in degrees, such as 34.5,-20.2,35.2,-19.5.")


def written(pattern: str, refusal: Any, **options: Any) -> serializers.RegexField:
    """A parameter that is written as `pattern` demands; `refusal` says how."""
    return serializers.RegexField(pattern, required=False, error_messages={"invalid": refusal}, **options)


class LabelsField(serializers.RegexField):
    """Groups and categories, as the document lists them; an organisation's own categories are taken as well."""

    def run_validators(self, value: Any) -> None:
        """Check the list with each own category read as a shipped one. Raises ValidationError."""
        parts = str(value).split(",")
        super().run_validators(",".join(categories.base_of(part) for part in parts))


def event_reference() -> serializers.RegexField:
    """The parameter that names an event."""
    return written(
        r"^[A-Za-z0-9_-]{1,64}$", gettext_lazy("Use an event's reference: letters, digits, hyphens and underscores."),
        help_text="Reference of the event; default: the newest event with posts",
    )  # fmt: skip


def severities() -> serializers.RegexField:
    """The parameter that lists severities."""
    return written(
        r"^[1-4](,[1-4]){0,3}$", SEVERITIES, help_text="Severities, 1 Critical to 4 Low, separated by commas"
    )


class PagedSerializer(serializers.Serializer):
    """The parameters of a list that is read page by page."""

    limit = between(1, LARGEST_PAGE, default=PAGE_SIZE)
    cursor = serializers.CharField(required=False, max_length=300, help_text="`next_cursor` of the previous page")


class FilterQuerySerializer(serializers.Serializer):
    """Filters, with the same names as on the pages."""

    event = event_reference()
    cat = LabelsField(
        rf"^({LABELS})(,({LABELS})){{0,7}}$", required=False,
        error_messages={"invalid": format_lazy(gettext_lazy("Use up to 8 of these, separated by commas: {labels}."), labels=LABELS.replace("|", ", "))},
        help_text="Groups or categories, separated by commas",
    )  # fmt: skip
    sev = severities()
    conf = between(1, 5, required=False, help_text="Minimum confidence band; reviewed posts always match")
    status = Choice(required=False, choices=filters.STATUSES)
    t = written(
        rf"^({'|'.join(spans.PRESETS)}|now-[1-9][0-9]{{0,2}}[mhd])$",
        format_lazy(
            gettext_lazy("Use one of: {presets}, or a time until now, such as now-90m, now-2h or now-3d."),
            presets=", ".join(spans.PRESETS),
        ),
        help_text="Time range until now: 15m, 1h, 6h, 24h, 72h, event, or now-90m, now-2h, now-3d",
    )
    place = written(
        rf'^[^"\x00-\x1f]*[{LETTERS}][^"\x00-\x1f]*$', gettext_lazy("Use a name with at least one letter or digit."),
        max_length=filters.NAME_LIMIT, trim_whitespace=False,
        help_text="Name of the post's place; case and accents are ignored",
    )  # fmt: skip
    area = written(
        rf"^{NUMBER}(,{NUMBER}){{3}}$", BOX,
        help_text="Bounding box as west,south,east,north in degrees, widened to tenths of a degree",
    )  # fmt: skip
    lang = written(
        r"^[a-z]{2,3}(-[a-z0-9]{2,8})?$",
        gettext_lazy("Use a language code, such as en or zh-hant; und for posts whose language is unknown."),
    )
    source = written(  # type: ignore[assignment]  # a parameter; the metaclass takes it off the class
        r'^[^"\x00-\x1f\x7f]{1,64}$', gettext_lazy("Use the name of a source, as posts carry it."),
        max_length=filters.SOURCE_LIMIT, help_text="Name of the source, exactly as posts carry it",
    )  # fmt: skip
    media = Choice(
        required=False, choices=filters.MEDIA,
        help_text="Posts with a link or an attachment, or without; pictures and videos come as links",
    )  # fmt: skip
    owner = written(
        r"^(none|[1-9][0-9]{0,17})$", gettext_lazy("Use the id of a person, or none."),
        help_text="Posts of incidents that this person owns; none: posts of no incident with an owner",
    )  # fmt: skip
    need = Choice(required=False, choices=categories.NEEDS, help_text="Kind of help that the model found in the text")


def refusal(name: str) -> str:
    """What a wrong value of a filter is answered with."""
    field = FilterQuerySerializer().fields.get(name)
    return str(field.error_messages["invalid"] if field else _("This value is not valid."))


class PostsQuerySerializer(PagedSerializer, FilterQuerySerializer):
    q = serializers.RegexField(
        WORDS,
        required=False,
        max_length=filters.QUERY_LIMIT,
        trim_whitespace=False,
        help_text="Search words",
    )


class MapQuerySerializer(FilterQuerySerializer):
    bbox = written(
        rf"^{NUMBER}(,{NUMBER}){{3}}$", BOX,
        help_text="Bounding box as west,south,east,north in degrees; default: the world",
    )  # fmt: skip
    z = between(0, mercator.MAX_ZOOM, required=False, help_text="Zoom level")


class PostPlaceSerializer(serializers.Serializer):
    name = serializers.CharField(allow_blank=True, help_text="Empty for a position that no name stands beside")
    type = serializers.CharField(allow_blank=True)
    country_code = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    radius_km = serializers.FloatField(allow_null=True)
    set_by = serializers.ChoiceField(
        choices=["person", "model"],
        help_text="`person`: a reviewer set it by hand; later versions of the text or the model keep it",
    )


class PostSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    text = StrictCharField(
        allow_null=True, help_text=("Text without handles and numbers; null if the source's terms forbid sharing it")
    )
    correction = serializers.CharField(
        allow_blank=True, help_text="What a person named in the post had corrected; show it beside the text"
    )
    lang = serializers.CharField(allow_blank=True)
    lang_detected = serializers.BooleanField(
        help_text=("True if detected from the text because the source stated none or another language")
    )
    links = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Masked like the text; null if the text is null"
    )
    created_at = serializers.DateTimeField()
    category = serializers.CharField(
        help_text="`dont_know_cant_judge` while nobody has read a post in a language without measured quality"
    )
    probability = serializers.FloatField(allow_null=True, help_text="Calibrated probability of the model's category")
    abstained = serializers.BooleanField()
    emergency = serializers.BooleanField()
    severity = serializers.IntegerField(allow_null=True, help_text="1 Critical to 4 Low")
    needs = serializers.ListField(child=serializers.CharField())
    place = PostPlaceSerializer(allow_null=True)
    status = serializers.ChoiceField(choices=["unreviewed", "confirmed", "corrected", "dismissed"])
    model: Any = ModelSerializer(allow_null=True)
    is_exercise = serializers.BooleanField(help_text="Fictional: never act on it")


class PostsAnswerSerializer(serializers.Serializer):
    event = serializers.CharField(allow_null=True)
    posts = PostSerializer(many=True, help_text="Unreviewed first, then most severe, then newest")
    next_cursor = serializers.CharField(allow_null=True)


class MarkSerializer(serializers.Serializer):
    id = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    count = serializers.IntegerField()
    groups = serializers.DictField(child=serializers.IntegerField())
    critical = serializers.IntegerField(help_text="Critical posts that nobody has reviewed")
    unanswered = serializers.IntegerField(
        help_text="Posts that are critical, or of an incident that is confirmed or assigned, where nobody is going"
    )
    high = serializers.IntegerField()
    bbox = serializers.ListField(child=serializers.FloatField(), help_text="west, south, east, north")
    place = serializers.CharField(allow_blank=True)


class OutsideSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    critical = serializers.IntegerField(help_text="Critical posts that nobody has reviewed")
    unanswered = serializers.IntegerField(
        help_text="Posts that are critical, or of an incident that is confirmed or assigned, where nobody is going"
    )


class MapAnswerSerializer(serializers.Serializer):
    event = serializers.CharField(allow_null=True)
    is_exercise = serializers.BooleanField()
    clusters = MarkSerializer(many=True)
    outside_view = OutsideSerializer()
    total = serializers.IntegerField(help_text="Posts that match the filter, with or without a location")
    no_location = serializers.IntegerField()
    unanswered = serializers.IntegerField(help_text="Of all posts that match, as of the clusters")
