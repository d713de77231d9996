"""Label Studio's JSON export: tasks with their data and annotations. Several annotators give several labelled texts.

What the tool writes besides is kept and written back, except for the names and addresses of its annotators.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.label_files.rows import Item, LabelledText, Unlabelled, beside, checked, divided, fields_of
from classifier.tables import BadRow

KEY = "label-studio"
TASK_KEYS = ("data", "annotations", "completions", "predictions")
FROM, TO = "label", "text"
PERSONAL = ("email", "first_name", "last_name", "username", "avatar", "initials")
TEXT_NAMES = ("text", "message", "tweet_text", "content", "body")


def is_one(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON is one of Label Studio's tasks."""
    return isinstance(row.get("data"), Mapping) and any(name in row for name in ("annotations", "completions"))


def items(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    """The labelled texts of a task, one for each annotation with a choice."""
    data = row.get("data")
    if not isinstance(data, Mapping):
        yield from _minimal(line, row)
        return
    name = next((name for name in TEXT_NAMES if isinstance(data.get(name), str)), None)
    if name is None:
        yield BadRow(line, "The task's data has no text.")
        return
    answers = row.get("annotations") or row.get("completions") or []
    if not isinstance(answers, list):
        yield BadRow(line, "The task's annotations are not a list.")
        return
    usable = [one for one in answers if isinstance(one, Mapping) and not one.get("was_cancelled")]
    if not usable:
        yield Unlabelled(line, "Nobody labelled this task.")
    task = {key: value for key, value in row.items() if key not in TASK_KEYS}
    for number, one in enumerate(usable):
        yield _item(line, data, name, one, {"task": task, "text": name, "number": number} | _predictions(row))


def row_of(one: LabelledText) -> dict[str, Any]:
    """A task with one annotation, as Label Studio imports it."""
    extra = one.extra.get(KEY) or {}
    name = str(extra.get("text") or TO)
    data = beside(one.meta, {name: one.text} | fields_of(one))
    annotation = dict(extra.get("annotation") or {})
    results = [dict(result) for result in annotation.get("result") or []]
    at = extra.get("at")
    choice = {"type": "choices", "from_name": FROM, "to_name": TO, "value": {"choices": [one.label]}}
    if at is None:
        results.append(choice)
    else:
        results[at] = results[at] | {"value": dict(results[at].get("value") or {}) | {"choices": [one.label]}}
    annotation["result"] = results
    task = dict(extra.get("task") or {}) | {"data": data, "annotations": [annotation]}
    return task | ({"predictions": extra["predictions"]} if "predictions" in extra else {})


def joined(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks with the annotations of one task together again."""
    found: list[dict[str, Any]] = []
    for task in tasks:
        if found and "id" in task and _without_annotations(found[-1]) == _without_annotations(task):
            found[-1]["annotations"] = [*found[-1]["annotations"], *task["annotations"]]
        else:
            found.append(task)
    return found


def _item(line: int, data: Mapping[str, Any], name: str, annotation: Mapping[str, Any], extra: dict[str, Any]) -> Item:
    results = annotation.get("result") or []
    choices = [(at, _choices(result)) for at, result in enumerate(results)] if isinstance(results, list) else []
    chosen = [(at, labels) for at, labels in choices if labels]
    if not chosen:
        return Unlabelled(line, "The annotation chooses nothing.")
    if len(chosen) > 1 or len(chosen[0][1]) > 1:
        return BadRow(line, "The annotation chooses several labels, and a text has one.")
    at, labels = chosen[0]
    values, meta = divided({key: value for key, value in data.items() if key != name})
    kept = extra | {"annotation": _impersonal(annotation), "at": at}
    return checked(line, text=data[name], label=labels[0], values=values, meta=meta, extra={KEY: kept})


def _choices(result: Any) -> list[Any]:
    value = result.get("value") if isinstance(result, Mapping) else None
    found = value.get("choices") if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def _minimal(line: int, row: Mapping[str, Any]) -> Iterator[Item]:
    """JSON-MIN: the data and the choice side by side."""
    name = next((name for name in TEXT_NAMES if isinstance(row.get(name), str)), None)
    if name is None:
        yield BadRow(line, "The task has no text.")
        return
    label = next((row[key] for key in ("label", "choice", "category", "sentiment") if key in row), None)
    if isinstance(label, Mapping):
        label = (label.get("choices") or [None])[0] if isinstance(label.get("choices"), list) else None
    rest = {key: value for key, value in row.items() if key not in (name, "label", "choice", "category", "sentiment")}
    values, meta = divided(rest)
    yield checked(line, text=row[name], label=label, values=values, meta=meta)


def _predictions(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"predictions": row["predictions"]} if "predictions" in row else {}


def _impersonal(annotation: Mapping[str, Any]) -> dict[str, Any]:
    who = annotation.get("completed_by")
    if not isinstance(who, Mapping):
        return dict(annotation)
    return dict(annotation) | {"completed_by": {key: value for key, value in who.items() if key not in PERSONAL}}


def _without_annotations(task: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in task.items() if key != "annotations"}
