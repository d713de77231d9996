"""Admin of training runs and their training data."""

from django.contrib import admin
from django.utils.safestring import SafeString

from classifier.admin.documents import DocumentAdmin
from classifier.browsing import ReadOnlyAdmin, as_json, preformatted
from classifier.markdown import as_html
from classifier.models import RunLine, Snapshot, TrainingRun

LINES = 500


@admin.register(Snapshot)
class SnapshotAdmin(DocumentAdmin):
    plain = ("counts", "datasheet", "files", "gates", "hash", "labels")
    document, document_name = "datasheet", "datasheet-{0.hash:.12}.md"
    list_display = ("id", "short_hash", "created_at", "label_cutoff", "made_here", "imported", "parent")
    sortable_by = ("id",)
    exact_search = ("id", "hash")
    search_help_text = "Id or hash (exact match)"
    fields = (
        "hash", "parent", "created_at", "label_cutoff", "made_here", "imported", "file_hashes", "data_gates", "all_counts",
        "download", "rendered", "label_ids",
    )  # fmt: skip

    @admin.display(description="hash")
    def short_hash(self, snapshot: Snapshot) -> str:
        return f"{snapshot.hash[:12]}…"

    @admin.display(description="labels from this site")
    def made_here(self, snapshot: Snapshot) -> int:
        return len(snapshot.labels)

    @admin.display(description="imported files")
    def imported(self, snapshot: Snapshot) -> int:
        return len(snapshot.files)

    @admin.display(description="files")
    def file_hashes(self, snapshot: Snapshot) -> SafeString:
        return as_json(snapshot.files)

    @admin.display(description="data gates")
    def data_gates(self, snapshot: Snapshot) -> SafeString:
        return as_json(snapshot.gates)

    @admin.display(description="counts")
    def all_counts(self, snapshot: Snapshot) -> SafeString:
        return as_json(snapshot.counts)

    @admin.display(description="ids of labels")
    def label_ids(self, snapshot: Snapshot) -> str:
        return ", ".join(map(str, snapshot.labels)) or "–"

    @admin.display(description="datasheet")
    def rendered(self, snapshot: Snapshot) -> SafeString:
        return as_html(snapshot.datasheet)


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    plain = ("artefact_sha256", "config", "cost", "provenance", "run_key")
    list_display = ("id", "run_key", "trigger", "initiator", "state", "candidate", "created_at", "finished_at")
    list_select_related = ("initiator", "candidate")
    list_filter = ("state", "trigger")
    sortable_by = ("id",)
    exact_search = ("id", "run_key")
    search_help_text = "Id, or key such as responder-tweets:2026-W48"
    fields = (
        "run_key", "trigger", "reason", "initiator", "state", "error", "label_cutoff", "snapshot", "candidate",
        "artefact_sha256", "arguments", "made_with", "spent", "attempts", "created_at", "started_at", "heartbeat_at",
        "finished_at", "log",
    )  # fmt: skip

    @admin.display(description="arguments")
    def arguments(self, run: TrainingRun) -> SafeString:
        return as_json(run.config)

    @admin.display(description="provenance")
    def made_with(self, run: TrainingRun) -> SafeString:
        return as_json(run.provenance)

    @admin.display(description="cost")
    def spent(self, run: TrainingRun) -> SafeString:
        return as_json(run.cost)

    @admin.display(description="log")
    def log(self, run: TrainingRun) -> SafeString:
        lines = RunLine.objects.filter(run=run).order_by("-id")[:LINES]
        return preformatted(
            "\n".join(f"{line.at:%Y-%m-%d %H:%M:%S} {self.masked(line.text)}" for line in reversed(lines)) or "–"
        )
