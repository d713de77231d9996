"""Addresses of the analytics page."""

from django.urls import path

from responder.dashboards import views

urlpatterns = [
    path("", views.page, name="analytics"),
    path("<slug:panel>.csv", views.as_csv, name="analytics-csv"),
]
