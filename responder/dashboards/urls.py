"""Addresses of the analytics page."""

from django.urls import path

from responder.dashboards import views

urlpatterns = [
    path("", views.page, name="analytics"),
    path("volume.csv", views.volume_csv, name="analytics-volume-csv"),
]
