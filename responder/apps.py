"""Django's handles on the site and on its admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ResponderConfig(AppConfig):
    name = "responder"
    verbose_name = "Operations room"

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate, post_save

        from classifier.models import Deployment

        # The Celery application must exist before any task is sent.
        from responder import accounts, celery, forks, private, queue_messages, roles, webhooks  # noqa: F401

        private.close(settings.DATA_DIR)
        forks.guard()
        queue_messages.install()
        accounts.connect()
        post_migrate.connect(roles.make_groups, sender=self, dispatch_uid="responder.roles")
        post_save.connect(webhooks.released, sender=Deployment, dispatch_uid="responder.webhooks")


class ResponderAdminConfig(AdminConfig):
    default_site = "responder.admin_site.ResponderAdminSite"
