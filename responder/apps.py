"""Django's handles on the site and on its admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ResponderConfig(AppConfig):
    name = "responder"
    verbose_name = "Operations room"

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_migrate, post_save

        from classifier import label_schemas
        from classifier.models import Deployment
        from responder import database, file_permissions, roles, webhooks
        from responder.accounts import changes, checks, sessions
        from responder.partners import token_cache
        from responder.processes import forks
        from responder.queueing import messages

        file_permissions.close(settings.DATA_DIR)
        file_permissions.close_files(database.sqlite_files())
        label_schemas.install()
        forks.guard()
        messages.install()
        changes.connect()
        sessions.connect()
        token_cache.connect()
        checks.register()
        post_migrate.connect(roles.make_groups, sender=self, dispatch_uid="responder.roles")
        post_save.connect(webhooks.released, sender=Deployment, dispatch_uid="responder.webhooks")


class ResponderAdminConfig(AdminConfig):
    default_site = "responder.admin_site.ResponderAdminSite"
