"""The admin's front door: who may enter is decided by roles, not by Django's staff flag alone."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from responder import roles


class ResponderAdminSite(AdminSite):
    site_header = site_title = "Responder records"
    index_title = "Records"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and roles.allows(request.user, roles.READ_RECORDS))
