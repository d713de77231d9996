"""Why a translation failed, or waits longer than usual, as its row keeps it."""

from django.utils.translation import gettext_lazy

UNSUPPORTED, TOO_LONG, BROKEN, EMPTY = "unsupported", "too-long", "broken", "empty"  # why a row failed
LIMIT, PAUSED = "limit", "paused"  # why it waits longer
FAILURES = {
    UNSUPPORTED: gettext_lazy("The engine doesn't translate from this language into yours."),
    TOO_LONG: gettext_lazy("The post is too long for the engine."),
    BROKEN: gettext_lazy("The engine didn't return a translation."),
    EMPTY: gettext_lazy("The post has no words to translate."),
}
