"""responder qcluster: the queue of exports, files to classify and webhooks."""

from typing import Any

from django_q import cluster
from django_q.management.commands import qcluster

from responder.queueing.cluster import Heartbeat, Sentinel


class Command(qcluster.Command):
    help = "Run the job worker: exports, imports, file classification, webhooks."

    def handle(self, *args: Any, **options: Any) -> None:
        cluster.Sentinel, cluster.Stat = Sentinel, Heartbeat  # django-q has no setting for either
        super().handle(*args, **options)
