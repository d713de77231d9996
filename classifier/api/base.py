"""The base of every API view: it refuses query parameters that the view doesn't declare, and wrong values of the others."""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

LONGEST_SHOWN = 40  # characters of a wrong value in a message
LONGEST_NAME = 100  # characters of an unknown parameter's name in a message
ONE_OF = gettext_lazy("“{input}” isn't valid. Use one of: {choices}.")


class Choice(serializers.ChoiceField):
    """A choice whose refusal lists the allowed values."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as error:
            message = str(ONE_OF).format(input=str(data)[:LONGEST_SHOWN], choices=", ".join(map(str, self.choices)))
            raise serializers.ValidationError(message, code="invalid_choice") from error


def between(least: int, most: int, **options: Any) -> serializers.IntegerField:
    """A whole number within bounds, whose refusal states them."""
    message = format_lazy(gettext_lazy("Use a whole number from {least} to {most}."), least=least, most=most)
    messages: dict[str, Any] = dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length"), message)
    return serializers.IntegerField(min_value=least, max_value=most, error_messages=messages, **options)


class NoQuery(serializers.Serializer):
    """The query string of a method that takes no parameters."""


class ApiView(APIView):
    """An API view.

    `query_shapes`: the serializer of each method's query string; a method without one takes no parameters. The OpenAPI
    document lists the serializer's fields as parameters. `query` holds the validated values during a request.
    """

    query_shapes: dict[str, type[serializers.Serializer]] = {}
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the token, the limits and then the query string. Raises ValidationError."""
        super().initial(request, *args, **kwargs)
        self.query = validated(request.query_params, self.query_shape(request.method or ""))

    def query_shape(self, method: str) -> type[serializers.Serializer]:
        """The serializer of a method's query string."""
        return self.query_shapes.get("GET" if method == "HEAD" else method, NoQuery)


def validated(given: QueryDict, shape: type[serializers.Serializer]) -> dict[str, Any]:
    """The values of a query string. Raises ValidationError that names every wrong parameter.

    Pages are more lenient: they ignore a wrong value and show a notice.
    """
    query = shape(data=given.dict())
    errors = {} if query.is_valid() else dict(query.errors)
    errors |= _unknown(given, query.fields)
    if errors:
        raise serializers.ValidationError(errors)
    return dict(query.validated_data)


def _unknown(given: QueryDict, known: Iterable[str]) -> dict[str, list[str]]:
    names = sorted(known)
    if names:
        message = _("Unknown query parameter. Use one of: %(names)s.") % {"names": ", ".join(names)}
    else:
        message = _("Unknown query parameter. This endpoint has none.")
    return {name[:LONGEST_NAME]: [message] for name in given if name not in names}
