"""Serializers of explanations: they validate the request and document the response."""

from typing import Any

from rest_framework import serializers

from classifier.api.base import Choice
from classifier.api.serializers import (
    LONGEST_LANGUAGE,
    LONGEST_TEXT,
    ModelSerializer,
    PredictionSerializer,
    StrictCharField,
    TextField,
)
from classifier.explain import METHODS, OCCLUSION

MOST_EXAMPLES = 10
EXAMPLES = 3


class StrictIntegerField(serializers.IntegerField):
    """Accepts JSON integers only: no strings, booleans or fractions."""

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, int) or (isinstance(data, float) and data.is_integer())
        if isinstance(data, bool) or not whole:
            self.fail("invalid")
        return int(data)


class ExplanationRequestSerializer(serializers.Serializer):
    text = TextField(max_length=LONGEST_TEXT)
    lang = StrictCharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_LANGUAGE, help_text="Language, if known"
    )
    method = Choice(
        choices=METHODS, default=OCCLUSION, help_text="Integrated gradients are slower and need the training extra"
    )
    examples = StrictIntegerField(
        min_value=0, max_value=MOST_EXAMPLES, default=EXAMPLES, help_text="Number of similar labelled texts to return"
    )


class ContributionsSerializer(serializers.Serializer):
    category = serializers.FloatField(
        help_text="Contribution to the probability of the predicted category; negative: against it"
    )
    emergency = serializers.FloatField(help_text="Contribution to the probability of an emergency")
    priority = serializers.FloatField(help_text="Contribution to the priority score")
    needs = serializers.DictField(
        child=serializers.FloatField(), help_text="Contribution to the probability of each detected need"
    )


class WordSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="As written")
    start = serializers.IntegerField(help_text="In Unicode code points of the text as sent")
    end = serializers.IntegerField()
    contributions = ContributionsSerializer()


class ExampleSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="Text without handles and numbers")
    label = serializers.CharField(help_text="Category assigned by people")  # type: ignore[assignment]
    similarity = serializers.FloatField(
        min_value=-1, max_value=1, help_text="Cosine similarity of the model's embeddings"
    )
    source = serializers.CharField(help_text="Origin of the label")  # type: ignore[assignment]


class ExplanationAnswerSerializer(serializers.Serializer):
    model = ModelSerializer()
    prediction = PredictionSerializer()
    words = WordSerializer(many=True, help_text="In order of the text; at most 60")
    examples = ExampleSerializer(many=True, help_text="Most similar first; never copies of the text")
    method = serializers.ChoiceField(choices=METHODS)
    note = serializers.CharField(help_text="How to read the contributions, and what was left out")
