"""Language codes of posts and pages as an engine names them: `zh` is `zh-Hans` here and `zh` there."""

from responder.models import TranslationEngine
from responder.translation.engines import Pairs

# Our code → what engines call it, in the order in which it is looked for.
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "zh": ("zh-Hans", "zh-CN", "cmn"), "pt": ("pt-PT", "pt-BR", "pb"), "no": ("nb", "nn"), "tl": ("fil",), "he": ("iw",),
    "id": ("in",), "sr": ("sr-Latn", "sr-Cyrl"), "mn": ("mn-Cyrl",), "ku": ("kmr",), "jv": ("jw",),
}  # fmt: skip


def find(code: str, among: object) -> str:
    """The engine's name for one of our codes; empty if it isn't among them."""
    known = {str(one).lower(): str(one) for one in among} if isinstance(among, dict | list | tuple) else {}
    names = (code, *OTHER_NAMES.get(code, ()))
    return next((known[name.lower()] for name in names if name.lower() in known), "")


def pair(pairs: Pairs, source: str, target: str) -> tuple[str, str] | None:
    """(source, target) as the engine names them; None if it does not translate this pair.

    Arguments:
        source: empty if the engine is to detect it.
    """
    if not source:
        found = next((name for targets in pairs.values() if (name := find(target, targets))), "")
        return ("", found) if found else None
    name = find(source, pairs)
    found = find(target, pairs[name]) if name else ""
    return (name, found) if found else None


def is_known(engine: TranslationEngine) -> bool:
    """Whether the engine has told which languages it translates."""
    return isinstance(engine.pairs, dict) and bool(engine.pairs)
