"""A training run from freeze to approval request, resumable at every step.

1. `freeze`   one row per key: what is labelled until now counts. Two beats, two machines: one row.
2. `work`     in a process of its own, which holds the row's lease and beats its heart while it works:
   frozen → snapshot and data gates → train → register → (at the hour) compare with the live version → gates →
   approval request. A process that dies leaves a lease that expires; `supervise` starts another, which goes on from the
   last step, and inside training from the last checkpoint.
3. Ends as requested, refused (with the gates that refused), failed (with the error) or stopped by a person.
"""

from classifier.train.evaluation import record_evaluation
from classifier.train.runs import NAME, due_at, folder_of, freeze, start_now, stop
from classifier.train.supervision import start_process, supervise
from classifier.train.worker import Worker, work

__all__ = [
    "NAME",
    "Worker",
    "due_at",
    "folder_of",
    "freeze",
    "record_evaluation",
    "start_now",
    "start_process",
    "stop",
    "supervise",
    "work",
]
