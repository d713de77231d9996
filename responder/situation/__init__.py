"""Situation reports and handovers: generated from confirmed facts, edited by people, signed off by a second person.

How a report goes:
1. `facts` gathers figures and tables of an event's period, each with the ids that it counts; `sections` writes the text.
2. `writing` keeps versions of it: people edit, take new facts, and propose it.
3. `publishing` lets somebody who wrote none of it publish it, and withdraws it; `links` makes public links.
4. `document` is the report as shown; `text_files`, `word_file` and `pdf` make files of it, and `files` the PDFs in the queue.

How a handover goes: `handover` drafts what happened since a time, the outgoing lead writes over it and hands over, and
another person acknowledges.
"""

from responder.situation.files import FILES, forget, run, wake

__all__ = ["FILES", "forget", "run", "wake"]
