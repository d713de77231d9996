"""A training run from freeze to approval request, resumable at every step.

1. `freeze`   creates one row per key, even from two schedulers or machines: labels until now count.
2. `work`     in a process of its own, which holds the row's lease and sends heartbeats:
   frozen → snapshot and data gates → train → register → (at the hour) compare with the live version → gates →
   approval request. If a process dies, its lease expires and `supervise` starts another, which continues from the
   last step, and inside training from the last checkpoint.
3. A run ends as requested, refused (with the gates that refused it), failed (with the error) or stopped by a person.
"""

from classifier.train.evaluation import record_evaluation
from classifier.train.proposals import propose
from classifier.train.runs import NAME, QUICK, due_at, folder_of, freeze, start_now, stop
from classifier.train.supervision import start_process, supervise
from classifier.train.worker import Worker, work

__all__ = [
    "NAME",
    "QUICK",
    "Worker",
    "due_at",
    "folder_of",
    "freeze",
    "propose",
    "record_evaluation",
    "start_now",
    "start_process",
    "stop",
    "supervise",
    "work",
]
