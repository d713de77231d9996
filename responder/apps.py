"""Django's handles on the site and on its admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ResponderConfig(AppConfig):
    name = "responder"
    verbose_name = "Operations room"

    def ready(self) -> None:
        from responder import celery  # noqa: F401  the Celery app must exist before any task is sent


class ResponderAdminConfig(AdminConfig):
    default_site = "responder.admin_site.ResponderAdminSite"
