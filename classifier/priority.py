"""Priority with its reasons: what the model says, raised by rules that a person can read.

A rule fires on words (English, Spanish, French, Portuguese) and only where the post reads as an emergency,
so that "trapped in this queue" stays low. Rules raise a priority and never lower it.
"""

import re
from dataclasses import dataclass

from classifier.answers import Answer
from classifier.categories import PRIORITIES

# Of the model's probability. Low, as the rules look for people in danger, and "trapped in this queue" stays under .1.
EMERGENCY_FLOOR = 0.25
CALM_CATEGORIES = frozenset({"sympathy_and_support", "not_humanitarian"})

_WORDS = {
    "trapped": r"trapped|stranded|stuck|pinned|buried|under (?:the )?(?:rubble|debris)|on (?:the|their|our|my) roofs?"
    r"|atrapad[oa]s?|pres[oa]s|encurralad[oa]s?|ilhad[oa]s?|soterrad[oa]s?|no telhado|en el techo"
    r"|pi[ée]g[ée]e?s?|coinc[ée]e?s?|bloqu[ée]e?s|sur le toit",
    "children": r"child(?:ren)?|kids?|bab(?:y|ies)|toddlers?|newborn|infants?|crianças?|criancas?|beb[êeé]s?"
    r"|niñ[oa]s?|ninos?|enfants?",
    "rescue request": r"(?:need|send|please|pls|urgent(?:ly)?)\b.{0,40}\b(?:rescue|boats?|helicopters?|ambulances?)"
    r"|rescue (?:us|them|needed)|help us|save us|sos"
    r"|precisamos de (?:barcos?|socorro|resgate|ajuda)|socorro|nos ajudem"
    r"|necesitamos (?:rescate|botes?|ayuda)|auxilio|ay[úu]dennos"
    r"|besoin (?:de secours|d[’']aide|de bateaux|urgent)|au secours|aidez[- ]nous",
    "medical emergency": r"bleeding|unconscious|not breathing|can(?:no|')?t breathe|in labou?r|insulin|dialysis|oxygen"
    r"|sangrando|inconsciente|em trabalho de parto|insulina|ox[ií]g[eé]nio|ox[ií]geno"
    r"|saigne|inconsciente?|oxyg[èe]ne|insuline",
    "people": r"people|famil(?:y|ies)|persons?|patients?|villagers|elderly|grandmother|grandfather|mother|father|sister|brother"
    r"|pessoas|fam[ií]lias?|personas?|gente|personnes?|familles?|idosos|ancianos|m[ãa]e|madre",
    "collapse": r"collapsed?|desab(?:ou|aram)|desabamento|derrumb(?:e|ó|aron)|effondr[ée]e?s?",
}
PATTERNS = {name: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for name, words in _WORDS.items()}

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
TEXT_LIMIT = 4_000  # rules read no further: a post that needs more is no post


@dataclass(frozen=True, slots=True)
class Priority:
    """How urgent a post is: one of PRIORITIES, its probability, a score 0–1, and why."""

    label: str
    probability: float
    score: float
    reasons: tuple[str, ...]


def judge(text: str, answer: Answer) -> Priority:
    """Combine the model's answer with the rules.

    Arguments:
        text: the post as received.
        answer: the model's answer about it.
    """
    reason, floor = _rule(text, answer)
    label = min(answer.priority, floor, key=PRIORITIES.index) if floor else answer.priority
    score = answer.priority_score
    reasons = [f"model: {answer.priority}"]
    if floor:
        score += (1 - score) * (0.5 if floor == "Critical" else 0.25)
        reasons.insert(0, reason)
    return Priority(label, answer.priorities[label], round(score, 4), tuple(reasons))


def _rule(text: str, answer: Answer) -> tuple[str, str]:
    """(reason, priority that the most urgent matching rule asks for), or two empty strings."""
    if answer.emergency_probability < EMERGENCY_FLOOR or answer.category in CALM_CATEGORIES:
        return "", ""
    found = {name for name, pattern in PATTERNS.items() if pattern.search(text[:TEXT_LIMIT])}
    for needed, priority in RULES:
        if found.issuperset(needed):
            return "rule: " + " + ".join(needed), priority
    return "", ""
