"""Addresses of the analytics page."""

from django.urls import path

from responder.dashboards import views

urlpatterns = [
    path("", views.page, name="analytics"),
    path("<slug:panel>.csv", views.as_file, {"ending": "csv"}, name="analytics-csv"),
    path("<slug:panel>.xlsx", views.as_file, {"ending": "xlsx"}, name="analytics-xlsx"),
]
