"""Serializers of predictions: they validate requests and document responses."""

import re
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from classifier.categories import PRIORITIES
from classifier.tables import GREATEST_ID, LEAST_ID

MOST_MESSAGES = 1_000
LONGEST_TEXT = 10_000
LONGEST_ID = 255
LONGEST_LANGUAGE = 35  # RFC 5646
# Neither Python's \s, which includes the ASCII separators, nor ECMAScript's, which the OpenAPI document's patterns use.
VISIBLE = r"[^\s\x1c-\x1f\x85\ufeff]"


class StrictCharField(serializers.CharField):
    """Accepts JSON strings only, without converting numbers, trimming spaces or rejecting NUL."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.validators = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return data


@extend_schema_field({"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": VISIBLE})
class TextField(StrictCharField):
    """Accepts text with at least one character other than white space."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        if isinstance(data, str) and not re.search(VISIBLE, data):
            raise serializers.ValidationError(_("The text is empty."))
        return super().run_validation(data)


@extend_schema_field(
    {"type": ["string", "integer", "null"], "maxLength": LONGEST_ID, "minimum": LEAST_ID, "maximum": GREATEST_ID}
)
class IdField(StrictCharField):
    """Accepts a string, or a whole number of 64 bits, which becomes a string: 17 is "17".

    Numbers with a fraction or an exponent are rejected, as programs write and round them differently.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_ID, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str):
            return data
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(_("Send the id as a string or as a whole number."))
        if not LEAST_ID <= data <= GREATEST_ID:
            raise serializers.ValidationError(_("A number of more than 64 bits can't be an id. Send it as a string."))
        return str(data)


class MessagesField(serializers.ListField):
    """Checks the number of messages before validating each, so that a huge list costs nothing."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > MOST_MESSAGES:
            given = {"most": MOST_MESSAGES, "given": len(data)}
            raise serializers.ValidationError(_("Send at most %(most)d messages at a time, not %(given)d.") % given)
        return super().to_internal_value(data)


class MessageSerializer(serializers.Serializer):
    id = IdField(
        required=False, allow_null=True,
        help_text="Returned with the prediction, as a string; default: the position in the request, from 0",
    )  # fmt: skip
    text = TextField(max_length=LONGEST_TEXT)
    lang = StrictCharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_LANGUAGE, help_text="Language, if known"
    )


class PredictionRequestSerializer(serializers.Serializer):
    messages = MessagesField(child=MessageSerializer(), min_length=1, max_length=MOST_MESSAGES)


def _probability(**kwargs: Any) -> serializers.FloatField:
    return serializers.FloatField(min_value=0, max_value=1, **kwargs)


class ModelSerializer(serializers.Serializer):
    name = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.CharField(help_text="SHA-256 of the manifest, which lists the hash of every file")


class CategoryAnswerSerializer(serializers.Serializer):
    label = serializers.CharField(  # type: ignore[assignment]
        help_text="Most likely category, even if the model abstains"
    )
    probability = _probability(help_text="Calibrated")
    abstained = serializers.BooleanField(
        help_text="Too uncertain, or in a language without measured quality: not to be used without human review"
    )


class LanguageSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="As stated, or detected from the text; `und` if unknown")
    name = serializers.CharField(help_text="In English")
    probability = _probability(help_text="Of the detection; 1 if you stated the language, 0 if it is unknown")
    measured = serializers.BooleanField(
        help_text="Whether the model's quality in this language is known; if false, `category.abstained` is true"
    )


class EmergencySerializer(serializers.Serializer):
    label = serializers.BooleanField()  # type: ignore[assignment]
    probability = _probability()


class PrioritySerializer(serializers.Serializer):
    label = serializers.ChoiceField(choices=PRIORITIES)  # type: ignore[assignment]
    probability = _probability()
    score = _probability(help_text="Higher is more urgent, comparable across posts")
    reasons = serializers.ListField(child=serializers.CharField())


class PlaceSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="As written")
    start = serializers.IntegerField(help_text="In Unicode code points of the text as sent")
    end = serializers.IntegerField()
    name = serializers.CharField(
        allow_blank=True, allow_null=True, help_text="Null if the mention is unresolved, like the fields below"
    )
    type = serializers.CharField(allow_blank=True, allow_null=True)
    country_code = serializers.CharField(allow_blank=True, allow_null=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    radius_km = serializers.FloatField(allow_null=True)
    score = _probability()
    reason = serializers.CharField(
        allow_blank=True,
        help_text="Why the position is exact, such as `coordinates in the post`; empty for a place that is named",
    )


class OwnClassSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="As the labels call it that the model was trained on")
    name = serializers.CharField(help_text="As people call it")
    category = serializers.CharField(allow_blank=True, help_text="That the class belongs to; empty if there is none")
    probability = _probability(help_text="Calibrated")
    abstained = serializers.BooleanField(help_text="As in `category`")


class PredictionSerializer(serializers.Serializer):
    id = serializers.CharField(allow_blank=True)
    category = CategoryAnswerSerializer()
    categories = serializers.DictField(child=_probability())
    own_class = OwnClassSerializer(
        required=False, help_text="Most likely class of a model with classes of its own; absent for other models"
    )
    own_classes = serializers.DictField(
        required=False, child=_probability(), help_text="Probability of each of the model's own classes, by key"
    )
    language = LanguageSerializer()
    emergency = EmergencySerializer()
    informative = _probability()
    priority = PrioritySerializer()
    needs = serializers.DictField(child=_probability())
    needs_detected = serializers.ListField(child=serializers.CharField())
    places = PlaceSerializer(many=True)
    model = ModelSerializer()


class PredictionAnswerSerializer(serializers.Serializer):
    model = ModelSerializer()
    predictions = PredictionSerializer(many=True, help_text="In the order of the messages")


class CategorySerializer(serializers.Serializer):
    id = serializers.CharField()
    label = serializers.CharField(help_text="Its name, as pages show it")  # type: ignore[assignment]
    group = serializers.CharField()
    base = serializers.CharField(help_text="The shipped category that it belongs to, by which rules go; often itself")
    color = serializers.CharField(help_text="Name of its colour, as pages show it")
    offered = serializers.BooleanField(help_text="Whether people can choose it; texts that have it keep it")


class CategoriesAnswerSerializer(serializers.Serializer):
    categories = CategorySerializer(many=True)
    groups = serializers.ListField(child=serializers.CharField())
    priorities = serializers.ListField(child=serializers.CharField())
    needs = serializers.ListField(child=serializers.CharField())


class ModelsAnswerSerializer(serializers.Serializer):
    models = ModelSerializer(many=True, help_text="Model in production")
