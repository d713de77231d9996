"""Converts drafts to posts: checks the text, the ID and the time, and lists the repairs."""

import re
from typing import Any

from classifier.tables import MAX_TEXT, BadRow
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import identity, values
from responder.feeds.shapes.draft import Draft
from responder.feeds.shapes.times import Times
from responder.feeds.shapes.values import Problem

SURROGATE = re.compile("[\ud800-\udfff]")
URL = re.compile(r"https?://\S+")
MAX_LANGUAGE, MAX_AUTHOR = 12, 255


def finished(line: int, draft: Draft, times: Times, *, ids_rounded: bool) -> RawPost | BadRow:
    """Return the post of a draft, or a BadRow with the reason.

    Arguments:
        line: line number of the row, counted from 1.
        times: parses the file's times.
        ids_rounded: whether the file's long IDs were rounded.
    """
    if draft.refused:
        return BadRow(line, draft.refused)
    try:
        text, text_problems = _text(draft)
        stated_id, id_problem = identity.source_id(draft.id, all_rounded=ids_rounded)
    except (values.NoText, identity.UnusableId) as error:
        return BadRow(line, str(error))
    created_at, time_problems = times.read(draft.created_at, in_utc=draft.in_utc)
    related_to, related_problem = identity.related_id(draft.related_to)
    author = values.author(draft.author)[:MAX_AUTHOR]
    problems = [*draft.problems, *text_problems, *time_problems]
    problems += [found for found in (id_problem if draft.has_id else None, related_problem) if found]
    return RawPost(
        source_id=stated_id or identity.content_id(text, (_stable(draft.created_at), author)),
        text=text,
        created_at=created_at,
        lang=values.language(draft.lang)[:MAX_LANGUAGE],
        author_handle=author,
        revision=draft.revision,
        relation=draft.relation,
        related_to=related_to,
        links=draft.links,
        position=draft.position,
        line=line,
        repairs=tuple(problem.at(line) for problem in problems),
    )


def _stable(value: Any) -> Any:
    return None if values.is_missing(value) else value


def _text(draft: Draft) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a draft, or the descriptions of its pictures. Raises NoText."""
    text, problems = values.text(draft.text)
    if draft.alt_texts and not URL.sub("", text).strip():
        text = "\n".join(draft.alt_texts)
        problems = (Problem("alt_text", "The post has no words. The descriptions of its pictures were used instead."),)
    if values.is_blank(text):
        raise values.NoText("The text is empty.")
    if values.is_missing(text):
        raise values.NoText(f"The text is {values.shown(text)}, which stands for a missing value.")
    if SURROGATE.search(str(draft.text)):
        problems = (
            *problems,
            Problem("characters", "An incomplete character was removed or replaced with ?.", lossy=True),
        )
    if len(text) > MAX_TEXT:
        detail = f"The text has {len(text):,} characters. Only the first {MAX_TEXT:,} were kept."
        return text[:MAX_TEXT], (*problems, Problem("text_cut", detail, lossy=True))
    return text, problems
