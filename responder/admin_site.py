"""The admin site. Access depends on roles, not only on Django's staff flag."""

from collections.abc import Iterable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from classifier.browsing import RecordsAdmin
from responder import roles
from responder.privacy import masked_records, masking


class ResponderAdminSite(AdminSite):
    site_header = site_title = "Responder records"
    index_title = "Records"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and roles.allows(request.user, roles.READ_RECORDS))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Like Django's, but people without permission get an error instead of another log-in form."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied(_("Only auditors can see records. Ask an administrator for the auditor role."))
            return guarded(request, *args, **kwargs)

        return update_wrapper(inner, guarded)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one log-in page, with its lock-out: the site's own."""
        back = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        return redirect_to_login(back, settings.LOGIN_URL)

    def masked(self, text: str) -> str:
        """A text as it may be shown."""
        return masking.mask(text)

    def mask_row(self, row: Model, *, with_related: bool = False) -> None:
        """Mask what a row holds about people, and what the rows do that it refers to."""
        if with_related:
            masked_records.load_related(row)
        masked_records.mask_row(row, self._plain)

    def _plain(self, model: type[Model]) -> tuple[str, ...]:
        page = self._registry.get(model)
        return page.plain if isinstance(page, RecordsAdmin) else ()

    def register(
        self, model_or_iterable: type[Model] | Iterable[type[Model]], admin_class: Any = None, **options: Any
    ) -> None:
        """Register only our own pages: those of libraries could write, run and show anything.

        django-q's, for one, would let whoever edits a schedule name any function of any module.
        """
        if admin_class is not None and issubclass(admin_class, RecordsAdmin):
            super().register(model_or_iterable, admin_class, **options)
