"""The contract of every translation engine, and the engines by their kind.

EngineError             the engine did not translate; `may_count`: whether it may have counted the characters anyway
├── Unreachable         no answer, a broken one, or an error of the server; later it may work
├── TooFast             it asks for fewer requests; `retry_after_s`
├── UsedUp              the quota of the account is used up
├── Rejected            the key or the address is wrong: a person must change something
├── TooLong             more text than it takes at once
└── Unsupported         it does not translate from or to this language
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx  # heavy, and pages import this module

Pairs = Mapping[str, Sequence[str]]  # language code of the engine → codes to which it translates


class EngineError(Exception):
    """The engine did not translate. The message is for administrators."""

    may_count = False


class Unreachable(EngineError):
    """No connection, no answer in time, an unreadable answer, or an error of the server."""

    def __init__(self, message: str, *, may_count: bool = False) -> None:
        super().__init__(message)
        self.may_count = may_count


class TooFast(EngineError):
    """The engine asks for fewer requests.

    Arguments:
        retry_after_s: seconds that it asks to wait; 0 where it doesn't say.
    """

    def __init__(self, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UsedUp(EngineError):
    """The quota of the account at the engine is used up."""


class Rejected(EngineError):
    """The engine rejects the key or the request as such."""


class TooLong(EngineError):
    """The texts are longer, or more, than the engine takes at once."""


class Unsupported(EngineError):
    """The engine does not translate this pair of languages."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an engine can do.

    Arguments:
        pairs: the languages that it translates.
        version: of its software or its API, as it says itself.
    """

    pairs: Pairs
    version: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The translations of some texts.

    Arguments:
        texts: in the order of the texts.
        detected: the language of each text where the engine was asked to detect it; otherwise empty texts.
        characters: what the engine says that it counted; None where it doesn't say.
    """

    texts: tuple[str, ...]
    detected: tuple[str, ...]
    characters: int | None = None


class Engine(Protocol):
    """An engine at one address. Its methods use the network, so only workers call them.

    Attributes:
        most_texts, most_characters: what fits one request.
    """

    most_texts: int
    most_characters: int

    def abilities(self, http: "httpx.Client") -> Abilities:
        """Ask for the languages and the version. Raises EngineError."""
        ...

    def translate(self, http: "httpx.Client", texts: Sequence[str], *, source: str, target: str) -> Answer:
        """Translate texts of one language. Raises EngineError.

        Arguments:
            source: code of the engine; empty: it detects the language of each text.
            target: code of the engine.
        """
        ...
