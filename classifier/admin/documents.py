"""Admin of records with a Markdown document: shown as a page, and downloadable as Markdown."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin


class DocumentAdmin(ReadOnlyAdmin):
    """Adds a download of one text column.

    Attributes:
        document: the column.
        document_name: the file's name, a format string for the row.
    """

    document = ""
    document_name = ""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.download_view)
        return [path("<int:pk>/document", view, name=self._url_name()), *super().get_urls()]

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        name = self.document_name.format(row).replace('"', "")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(getattr(row, self.document), content_type="text/markdown; charset=utf-8", headers=headers)

    @admin.display(description="download")
    def download(self, row: Model) -> SafeString | str:
        if not getattr(row, self.document):
            return "–"
        url = reverse(f"{self.admin_site.name}:{self._url_name()}", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, self.document_name.format(row))

    def _url_name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_document"
