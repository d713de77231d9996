"""Addresses of the partner API, and of its documentation."""

from django.urls import path

from classifier.api import views as classifier
from responder.api import (
    alerts,
    docs,
    export_files,
    exports,
    feedback,
    incidents,
    jobs,
    models,
    posts,
    saved_views,
    webhooks,
)
from responder.api.doors import door
from responder.api.explanations import Explanations
from responder.api.predictions import Predictions

urlpatterns = [
    path("v1/predictions", door(Predictions.as_view()), name="predictions"),
    path("v1/explanations", door(Explanations.as_view()), name="explanations"),
    path("v1/prediction-jobs", door(jobs.Jobs.as_view()), name="api-jobs"),
    path("v1/prediction-jobs/<str:ref>", door(jobs.Job.as_view()), name="api-job"),
    path("v1/prediction-jobs/<str:ref>/result", door(jobs.Result.as_view()), name="api-job-result"),
    path("v1/webhooks", door(webhooks.Webhooks.as_view()), name="api-webhooks"),
    path("v1/webhooks/<str:ref>", door(webhooks.OneWebhook.as_view()), name="api-webhook"),
    path("v1/webhooks/<str:ref>/secret", door(webhooks.Secret.as_view()), name="api-webhook-secret"),
    path("v1/webhooks/<str:ref>/deliveries", door(webhooks.Deliveries.as_view()), name="api-webhook-deliveries"),
    path("v1/webhooks/<str:ref>/replay", door(webhooks.Replay.as_view()), name="api-webhook-replay"),
    path("v1/categories", door(classifier.Categories.as_view()), name="categories"),
    path("v1/models", door(classifier.Models.as_view()), name="models"),
    path("v1/models/<str:name>/<str:version>/card", door(models.ModelCard.as_view()), name="api-model-card"),
    path("v1/posts", door(posts.Posts.as_view()), name="api-posts"),
    path("v1/posts/<str:post_id>/feedback", door(feedback.PostFeedback.as_view()), name="api-post-feedback"),
    path("v1/posts/<str:post_id>/place", door(feedback.PostPlace.as_view()), name="api-post-place"),
    path("v1/feedback", door(feedback.Feedback.as_view()), name="api-feedback"),
    path("v1/views", door(saved_views.SavedViews.as_view()), name="api-views"),
    path("v1/views/<str:view_id>/feed", door(saved_views.Feed.as_view()), name="api-view-feed"),
    path("v1/exports/posts/<str:kind>", door(exports.Posts.as_view()), name="api-export-posts"),
    path("v1/exports/incidents/<str:kind>", door(exports.Incidents.as_view()), name="api-export-incidents"),
    path("v1/exports", door(export_files.ExportJobs.as_view()), name="api-exports"),
    path("v1/exports/<str:ref>", door(export_files.OneExportJob.as_view()), name="api-export"),
    path("v1/exports/<str:ref>/file", door(export_files.ExportFile.as_view()), name="api-export-file"),
    path("v1/map", door(posts.Map.as_view()), name="api-map"),
    path("v1/alerts", door(alerts.Alerts.as_view()), name="api-alerts"),
    path("v1/alerts/<str:identifier>", door(alerts.OneAlert.as_view()), name="api-alert"),
    path("v1/incidents", door(incidents.Incidents.as_view()), name="api-incidents"),
    path("v1/incidents/<str:ref>", door(incidents.OneIncident.as_view()), name="api-incident"),
    path("v1/incidents/<str:ref>/comments", door(feedback.Comments.as_view()), name="api-incident-comments"),
    path("schema/", docs.schema, name="schema"),
    path("docs/", docs.page, name="api-docs"),
]
