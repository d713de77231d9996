"""Addresses of the map, of decisions and of live updates."""

from django.urls import path
from django.views.decorators.gzip import gzip_page

from responder.views import approvals, feed, labelling, live, map, model, records, reports, reveal, runs, triage, why

urlpatterns = [
    path("map/", gzip_page(map.page), name="map"),
    path("map/data", gzip_page(map.data), name="map-data"),
    path("map/items", gzip_page(map.items_fragment), name="map-items"),
    path("map/items/<int:post_id>", gzip_page(map.item), name="map-item"),
    path("map/items/<int:post_id>/why", gzip_page(why.why), name="map-item-why"),
    path("map/items/<int:post_id>/similar", gzip_page(why.similar), name="map-item-similar"),
    path("feed/", gzip_page(feed.page), name="feed"),
    path("feed/items", gzip_page(feed.items), name="feed-items"),
    path("triage/<int:post_id>/confirm", triage.confirm, name="triage-confirm"),
    path("triage/<int:post_id>/category", triage.category, name="triage-category"),
    path("triage/<int:post_id>/dismiss", triage.dismiss, name="triage-dismiss"),
    path("triage/<int:post_id>/undo", triage.undo, name="triage-undo"),
    path("posts/<int:post_id>/reveal", reveal.page, name="reveal"),
    path("live/stream", live.stream, name="live-stream"),
    path("live/changes", live.changes, name="live-changes"),
    path("records/post/<int:post_id>.zip", records.post, name="post-records"),
    path("model/", model.health, name="model"),
    path("model/rollback", model.roll_back, name="model-rollback"),
    path("model/<int:version_id>/promote", model.promote, name="model-promote"),
    path("model/<int:version_id>/quarantine", model.quarantine, name="model-quarantine"),
    path("model/rollbacks/<int:deployment_id>/review", model.review, name="rollback-review"),
    path("approvals/", approvals.index, name="approvals"),
    path("approvals/<int:request_id>/", approvals.detail, name="approval"),
    path("approvals/<int:request_id>/decide", approvals.decide, name="approval-decide"),
    path("approvals/<int:request_id>/waive", approvals.waive, name="approval-waive"),
    path("runs/", runs.index, name="runs"),
    path("runs/start", runs.start, name="run-start"),
    path("runs/<int:run_id>/", runs.detail, name="run"),
    path("runs/<int:run_id>/progress", runs.progress, name="run-progress"),
    path("runs/<int:run_id>/stop", runs.stop, name="run-stop"),
    path("reports/", reports.index, name="reports"),
    path("reports/drift/<int:report_id>/", reports.drift, name="drift-report"),
    path("labelling/", labelling.page, name="labelling"),
    path("labelling/<int:task_id>/answer", labelling.answer, name="labelling-answer"),
    path("labelling/<int:task_id>/skip", labelling.skip, name="labelling-skip"),
    path("labelling/<int:task_id>/adjudicate", labelling.adjudicate, name="labelling-adjudicate"),
]
