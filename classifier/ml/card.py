"""The model card, rendered from a run's own records: only the intended use is written by hand."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from classifier import languages
from classifier.ml import intervals

if TYPE_CHECKING:  # it needs numpy, and pages take `TERMS` from here
    from classifier.ml.calibration import Calibration

TERMS = {
    "site_labels.train": ("Labels made on this site", "the operator's own"),
    "site_priorities.train": ("Priorities given on this site", "the operator's own"),
    "exercise.train": ("The bundled exercise, fictional", "as the product"),
    "humaid_humanitarian.train": ("HumAID (QCRI)", "CC BY-NC-SA 4.0, humanitarian research"),
    "humaid_train": ("HumAID (QCRI)", "CC BY-NC-SA 4.0, humanitarian research"),
    "kaggle_binary.train": ("Kaggle NLP with Disaster Tweets / Figure Eight", "as stated by the competition"),
    "nlp-getting-started.train": ("Kaggle NLP with Disaster Tweets / Figure Eight", "as stated by the competition"),
    "crisislex_t26.train": ("CrisisLexT26", "CrisisLex, research"),
    "crisislex_t6_ontopic.train": ("CrisisLexT6", "CrisisLex, research"),
    "trec_is_priority.train": ("TREC Incident Streams", "research data"),
    "disaster_response_messages.train": ("Disaster Response Messages (Figure Eight / Appen)", "CC BY 4.0"),
    "crisisnlp_crowdflower.train": ("CrisisNLP (QCRI); other events calibrate the category", "humanitarian research"),
    "idrisi_lmr.train": ("IDRISI location mentions", "CC BY 4.0; the text is HumAID's"),
    "idrisi_lmr_ar.train": ("IDRISI location mentions, Arabic", "CC BY 4.0; the text is Kawarith's"),
    "drm_original_ht_fr.train": ("Disaster Response Messages, the originals in Haitian Creole and French", "CC BY 4.0"),
    "kawarith_ar.train": ("Kawarith, Arabic: emergencies", "CC BY-NC 4.0"),
    "kawarith_ar.categories": ("Kawarith, Arabic: categories", "CC BY-NC 4.0"),
    "fire2017_nepal_need_avail.train": ("FIRE 2017, Nepal: needs and offers", "research"),
    "jabodetabek_floods_id.train": ("Jakarta floods, Indonesian: emergencies", "none stated; labelled by students"),
    "jabodetabek_floods_id.categories": ("Jakarta floods, Indonesian: categories", "none stated; labelled by students"),
    "petabencana_floods_id.train": ("PetaBencana flood reports, Indonesian", "public archive"),
    "sositaly_t4.train": ("SoSItalyT4, Italian", "research"),
    "situations": ("Situations told in 20 languages, written for this product", "as the product"),
}
# Task, figure, and where the metrics contain the bag-of-words baseline on the same texts.
FIGURES = (
    ("category", "macro_f1", "category"), ("category", "weighted_f1", "category"), ("category", "accuracy", ""),
    ("category", "ece", ""), ("left_out", "macro_f1", "left_out"), ("left_out", "accuracy", ""),
    ("left_out", "ece", ""), ("unseen", "macro_f1", ""), ("unseen", "accuracy", ""), ("unseen", "ece", ""),
    ("emergency", "f1", "emergency"), ("emergency", "accuracy", ""), ("emergency", "ece", ""),
    ("informative", "macro_f1", "informative"), ("informative", "accuracy", ""), ("informative", "ece", ""),
    ("priority", "macro_f1", ""), ("priority", "ece", ""), ("priority", "urgent_recall_at_20_percent", ""),
    ("priority", "alerted", ""), ("priority", "alerted_of_urgent", ""), ("priority", "alert_worth", ""), ("priority", "alert_worth_of_everything", ""),
    ("priority", "alert_worth_of_nothing", ""), ("needs", "macro_f1", "needs"), ("location", "f1", ""),
    ("location", "precision", ""), ("location", "recall", ""),
)  # fmt: skip
NAMES = {
    "unseen": "category, other events of another set",
    "left_out": "category, whole events left out",
    "emergency": "emergency, held-out texts of all its sources",
    "informative": "informative, CrisisLexT26, other events",
    "priority": "priority, other events",
    "location": "location spans as answered, other events, all languages",
}
HEAD = """---
language: {front_language}
license: {license}
library_name: onnx
pipeline_tag: text-classification
base_model: {base}
tags: [humanitarian, disaster-response, social-media]
---

# {name} {version}

One encoder, five answers about a short post from a disaster: what kind of information it holds (ten HumAID
categories), whether it is a real emergency, how urgent it is, what is needed, and which words name a location. Encoder: {base}, int8 weights.

## Intended use

Sorting posts so that people read the urgent ones first. Every answer is a suggestion that a person decides on.

## Not for

Deciding without a person; judging whether a claim is true; watching individuals; medical or legal advice{commercial}.
"""
LIMITS = """
## Limits

- Made for {spoken}. In a language that was not measured, or measured too low, the category counts as *can't judge*.
{same_events}- Priority is the weakest answer: its labels differ from event to event. Trust the order more than the name.
- The first {max_tokens} tokens are read.
- Labels are crowd workers'; "other relevant information" and "not humanitarian" are the least reliable.
- Adversarial spelling, sarcasm and rumours are not recognised as such.
"""


SAME_EVENTS = """- Category figures come from the official test part of the *same* events as the training part. On a new kind of event
  expect less, as "other events" shows where it was measured: another data set, whose labels map only roughly onto
  these and which has no class of requests.
"""
HELD_TEXTS = "- Category figures come from texts that were held out, of the same events as those learnt. On a new event expect less.\n"
HUMAID = frozenset({"humaid_humanitarian.train", "humaid_train"})
RESTRICTED = ("NC", "research")  # in the terms of a source


def render(config: dict[str, Any], metrics: dict[str, Any], calibration: "Calibration") -> str:
    """The card as Markdown with Hugging Face front matter.

    Arguments:
        config: the folder's config.json.
        metrics: what `evaluation.measure` returned.
        calibration: the model's calibration.
    """
    measured = sorted(languages.measured_by(config))
    words = config | {
        "front_language": measured[0] if len(measured) == 1 else f"[{', '.join(measured)}]",
        "spoken": ", ".join(map(languages.name_of, measured)) or "no language yet",
        "license": "cc-by-nc-sa-4.0" if _is_restricted(config) else "other",
        "commercial": ";\ncommercial use, which the terms of the training data do not allow"
        if _is_restricted(config)
        else "",
        "same_events": SAME_EVENTS if HUMAID & set(config["sources"]) else HELD_TEXTS,
    }
    parts = [HEAD.format(**words), _data(config["sources"]), _measured(metrics, measured), _calibrated(calibration)]
    return "".join(parts) + _training(config) + LIMITS.format(**words)


def _is_restricted(config: dict[str, Any]) -> bool:
    """Whether a source of this training, or of the model that it continued, may not be used commercially."""
    terms = [TERMS[name][1] for name in config["sources"]]
    return bool(config.get("continues")) or any(word in text for text in terms for word in RESTRICTED)


def _data(sources: dict[str, int]) -> str:
    rows = "".join(f"| {TERMS[name][0]} | {count:,} | {TERMS[name][1]} |\n" for name, count in sources.items())
    table = f"| Source | Texts | Terms |\n|---|---|---|\n{rows}"
    return f"\n## Training data\n\n{table}\nNo training text is contained in the model's files.\n"


def _measured(metrics: dict[str, Any], measured: Sequence[str]) -> str:
    text = "\n## Measured\n\nThrough the int8 runtime, on texts that training did not see, with a calibration "
    text += (
        "that was not fitted on them (but for the temperature of the category, one number, on the other events). "
        "Bag of words: TF-IDF with a linear model, trained and measured on the same texts in the same run.\n\n"
    )
    text += "| Task | Texts | Figure | Value | 95 % interval | Bag of words |\n|---|---|---|---|---|---|\n"
    for task, figure, baseline in FIGURES:
        mine = metrics.get(task, {})
        if figure in mine:
            value, n = mine[figure], mine["n"]
            other = metrics.get("baseline", {}).get(baseline, {}).get(figure)
            text += f"| {NAMES.get(task, task)} | {n:,} | {figure.replace('_', ' ')} | {value:.3f} "
            text += f"| {_interval(mine, figure)} | {'–' if other is None else f'{other:.3f}'} |\n"
    return text + _classes(metrics) + _languages(metrics, measured) + _places(metrics)


def _languages(metrics: dict[str, Any], measured: Sequence[str]) -> str:
    text = (
        "\n### Category, language by language\n\nReal posts, and the same 40 situations told in 20 languages by one "
        "author, without a native speaker's review. Where a language does not count as measured, the category is "
        "*can't judge*.\n\n"
        "| Language | Real posts | Accuracy | 95 % interval | Macro-F1 | Situations: category right | urgent kept "
        "| Counts as measured |\n|---|---|---|---|---|---|---|---|\n"
    )
    for row in languages.quality(metrics, measured):
        figures = "| – | – | – | – "
        if row.accuracy is not None and row.macro_f1 is not None:
            figures = f"| {row.n:,} | {row.accuracy:.3f} | {wilson(row.accuracy, row.n)} | {row.macro_f1:.3f} "
        told = " ".join(f"| {'–' if share is None else f'{share:.2f}'}" for share in (row.told, row.told_urgent))
        text += f"| {row.name} {figures}{told} | {'yes' if row.counts else 'no'} |\n"
    return text + "| All others | – | – | – | – | – | – | not measured |\n"


def _places(metrics: dict[str, Any]) -> str:
    places: dict[str, dict[str, Any]] = metrics.get("places") or {}
    if not places:
        return ""
    text = (
        "\n### Places\n\nMentions whose coordinates people looked up, in texts of events whose spans were not learnt, as "
        "`responder classify` answers them, without the event. Right: within 161 km, or the right country or state.\n\n"
        "| File | Mentions | Placed | Right of those placed | Right of all | On a wrong continent |\n|---|---|---|---|---|---|\n"
    )
    for name, row in places.items():
        shares = [f"{row[key]:.3f}" for key in ("placed", "right_of_placed", "right_of_all", "wrong_continent")]
        text += f"| {name} | {row['n']:,} | {' | '.join(shares)} |\n"
    return text


def _interval(figures: dict[str, Any], figure: str) -> str:
    if figure == "accuracy":
        return wilson(figures[figure], figures["n"])
    if f"{figure}_interval" in figures:
        low, high = figures[f"{figure}_interval"]
        return f"{low:.3f}–{high:.3f}"
    return "–"


def _classes(metrics: dict[str, Any]) -> str:
    text = ""
    if "category" in metrics:
        coverage = metrics["category"]["accuracy_at_coverage"]
        text += "\nAccuracy of the most confident part: "
        text += ", ".join(f"{float(share):.0%} → {value:.3f}" for share, value in coverage.items()) + ".\n"
        text += "\n![Stated probability against the share that is right](reliability.png)\n"
    for task in ("category", "priority", "needs"):
        if task in metrics:
            text += f"\n### {task.capitalize()}, class by class\n\n"
            text += "| Class | Texts | Precision | Recall | F1 |\n|---|---|---|---|---|\n"
            for label, row in metrics[task]["per_class"].items():
                text += f"| {label} | {row['n']:,} | {row['precision']:.2f} | {row['recall']:.2f} | {row['f1']:.2f} |\n"
    return text


def _calibrated(calibration: "Calibration") -> str:
    heat = ", ".join(f"{task} {value:.2f}" for task, value in calibration.temperatures.items())
    return (
        f"\n## Calibration\n\nTemperatures fitted on held-out texts: {heat}. "
        f"The category is *can't judge* below a probability of {calibration.abstain_below:.2f}.\n"
    )


def _training(config: dict[str, Any]) -> str:
    knobs = ", ".join(
        f"{key} {value}" for key, value in config["arguments"].items() if key not in ("name", "version", "base")
    )
    spent = config["training_minutes"]
    continues = config.get("continues", "")
    return (
        f"\n## Training\n\n{f'This training continued the model {continues}. ' if continues else ''}{spent['wall']:.0f} minutes on a processor without a graphics card, "
        f"{spent['cpu']:.0f} processor minutes. {knobs}.\n"
    )


def wilson(share: float, n: int) -> str:
    """The 95 % Wilson interval of a share of `n`, as text."""
    low, high = intervals.wilson(share, n)
    return f"{low:.3f}–{high:.3f}"
