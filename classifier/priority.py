"""Priority with its reasons: what the model says, raised by rules that a person can read.

A rule fires on the words of danger in `classifier/urgency/words`, in 20 languages, that no negation, good ending or
everyday use takes back. Where the model was measured in the language, a rule needs some agreement from it; where it was
not, the rule decides alone, since what the model says there means little. Rules raise a priority and never lower it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from classifier import languages, urgency
from classifier.answers import Answer
from classifier.categories import PRIORITIES

# Of the model's probability of an emergency, in languages in which it was measured. Low: short cries for help get .13
# to .25 ("SOS 4 people": .15), most figures of speech less than .1 (docs/adr/0022-rules-of-danger.md).
EMERGENCY_FLOOR = 0.1
CALM_FLOOR = 0.25  # where it takes the post for sympathy or noise, as it does "mom unconscious, no ambulance" (.45)
CALM_CATEGORIES = frozenset({"sympathy_and_support", "not_humanitarian"})

# (concepts of classifier/urgency/words that must all be found, priority that they raise to), most urgent first.
RULES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("trapped", "children"), "Critical"),
    (("trapped", "elderly"), "Critical"),
    (("trapped", "rescue request"), "Critical"),
    (("trapped", "life-threatening injury"), "Critical"),
    (("trapped", "medical emergency"), "Critical"),
    (("trapped", "rising water"), "Critical"),
    (("trapped", "fire"), "Critical"),
    (("trapped", "collapse"), "Critical"),
    (("trapped", "supplies"), "Critical"),
    (("trapped", "people"), "Critical"),
    (("life-threatening injury", "rescue request"), "Critical"),
    (("medical emergency", "rescue request"), "Critical"),
    (("swept away", "children"), "Critical"),
    (("rising water", "children"), "Critical"),
    (("rising water", "elderly"), "Critical"),
    (("rising water", "rescue request"), "Critical"),
    (("fire", "children"), "Critical"),
    (("fire", "elderly"), "Critical"),
    (("fire", "rescue request"), "Critical"),
    (("collapse", "rescue request"), "Critical"),
    (("rescue request", "children"), "High"),
    (("rescue request",), "High"),
    (("trapped",), "High"),
    (("life-threatening injury",), "High"),
    (("rising water",), "High"),
    (("fire",), "High"),
    (("missing child",), "High"),
    (("medical emergency", "children"), "High"),
    (("medical emergency", "elderly"), "High"),
    (("medical emergency", "people"), "High"),
    (("medical emergency", "collapse"), "High"),
    (("medical emergency", "now"), "High"),
    (("swept away", "elderly"), "High"),
    (("swept away", "people"), "High"),
    (("supplies", "children"), "High"),
    (("supplies", "elderly"), "High"),
    (("supplies", "medical emergency"), "High"),
    (("collapse", "children"), "High"),
    (("warning", "now"), "High"),
)


@dataclass(frozen=True, slots=True)
class Priority:
    """How urgent a post is: one of PRIORITIES, its probability, a score 0–1, and why."""

    label: str
    probability: float
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that holds for a post.

    Arguments:
        concepts: what it needs, as shown to people.
        words: the words of the post that say so.
        priority: what it raises to.
        language: whose words were found, ISO 639.
    """

    concepts: tuple[str, ...]
    words: tuple[str, ...]
    priority: str
    language: str


def judge(
    text: str, answer: Answer, lang: str | None = None, *, measured: Collection[str] = languages.TESTED
) -> Priority:
    """Combine the model's answer with the rules.

    Arguments:
        text: the post as received.
        answer: the model's answer about it.
        lang: the post's language as a tag like `pt-BR`, where it is known.
        measured: the languages that the model was measured in.
    """
    found = next((rule for rule in rules(text, lang) if _may_raise(rule, answer, lang, measured)), None)
    score, reasons = answer.priority_score, [f"model: {answer.priority}"]
    if found is None:
        return Priority(answer.priority, answer.priorities[answer.priority], round(score, 4), tuple(reasons))
    label = min(answer.priority, found.priority, key=PRIORITIES.index)
    score += (1 - score) * (0.5 if found.priority == "Critical" else 0.25)
    reasons = ["rule: " + " + ".join(found.concepts), *reasons, "words: " + ", ".join(found.words)]
    return Priority(label, answer.priorities[label], round(score, 4), tuple(reasons))


def rules(text: str, lang: str | None = None) -> Iterator[RuleMatch]:
    """Return the rules that match in each language whose words were found, most urgent first.

    Arguments:
        text, lang: as for `judge`.
    """
    dangers = urgency.find(text, lang)
    for needed, priority in RULES:
        for danger in dangers:
            if danger.concepts.keys() >= set(needed):
                words = tuple(danger.concepts[concept] for concept in needed)
                yield RuleMatch(needed, words, priority, danger.language)


def _may_raise(rule: RuleMatch, answer: Answer, lang: str | None, measured: Collection[str]) -> bool:
    """Whether the model doesn't contradict this rule."""
    if not all(languages.is_measured(code, "", measured) for code in (lang, rule.language)):
        return True
    calm = answer.category in CALM_CATEGORIES and rule.priority != "Critical"
    return answer.emergency_probability >= (CALM_FLOOR if calm else EMERGENCY_FLOOR)
