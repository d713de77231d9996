"""Base classes of admin pages: read and write permissions, and queries that stay fast on tables of millions of rows.

The admin site decides who has access (`AdminSite.has_permission`) and what is masked (`mask_row`, `masked`). Everybody
with access may read every record, and superusers may write where a page allows it.
"""

import json
from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import IntegerField, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

LISTED = 10_000  # rows that a list counts and pages through; search and filters find further ones
TERM_LIMIT = 255
INTEGER_DIGITS = 18  # digits that fit the database's largest integer


class BoundedPaginator(Paginator):
    """Counts at most 10,000 rows: counting a million takes seconds, and nobody pages that far."""

    @cached_property
    def found(self) -> int:
        """Number of rows found, counted up to one more than are listed."""
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows[: LISTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, LISTED)

    @property
    def truncated(self) -> bool:
        """Whether there are more rows than are listed."""
        return self.found > LISTED


FILTER_LOOKUPS = frozenset({"exact", "id__exact", "pk__exact", "isnull", "gte", "lt"})


class RecordsAdmin(admin.ModelAdmin):
    """Admin that everybody with access may read and superusers may write.

    Attributes:
        exact_search: columns that a search compares for equality, so that it uses their indexes.
        search_joined: two columns with a common index that `first:second` finds together.
        plain: text columns that are shown unmasked, because they contain no personal data. All others are masked for
            everybody who can't edit the row.
    """

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # facet counts would scan every row once per choice
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    exact_search: tuple[str, ...] = ()
    search_joined: tuple[str, str] | None = None
    plain: tuple[str, ...] = ()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None and not self.has_change_permission(request, row):
            self.admin_site.mask_row(row, with_related=True)  # type: ignore[attr-defined]
        return row

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        for row in changes.result_list:
            self.admin_site.mask_row(row)  # type: ignore[attr-defined]
        return changes

    def masked(self, text: str) -> str:
        """A text from a row other than the page's own, masked if necessary."""
        return str(self.admin_site.masked(text))  # type: ignore[attr-defined]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether a URL may filter the list by `lookup`: only by ids and by the page's own filters.

        Django allows every column. Readers could then infer masked values from row counts, or block the process with an
        expensive regular expression.
        """
        if lookup in ("pk", "id", "pk__exact", "id__exact"):
            return True
        hierarchy = self.date_hierarchy
        if hierarchy and lookup in {f"{hierarchy}__{part}" for part in ("year", "month", "day", "gte", "lt")}:
            return True
        for one in self.get_list_filter(request):
            if isinstance(one, type):
                if lookup == getattr(one, "parameter_name", None):
                    return True
                continue
            path = one if isinstance(one, str) else str(cast(Any, one)[0])
            if lookup == path or lookup.removeprefix(f"{path}__") in FILTER_LOOKUPS:
                return True
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return self.exact_search or tuple(super().get_search_fields(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not self.exact_search:
            return super().get_search_results(request, queryset, search_term)
        return (queryset.filter(self._found_by(term)) if term else queryset), False

    def _found_by(self, term: str) -> Q:
        found = Q(pk__in=[])
        for path in self.exact_search:
            value = _value(get_fields_from_path(self.model, path)[-1], term)
            if value is not None:
                found |= Q(**{path: value})
        first, colon, second = term.partition(":")
        if self.search_joined and colon and len(term) <= TERM_LIMIT:
            found |= Q(**{self.search_joined[0]: first, self.search_joined[1]: second})
        return found


class ReadOnlyAdmin(RecordsAdmin):
    """Admin that everybody with access may read and nobody may write: changes are made in the product itself."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _value(field: Any, term: str) -> Any:
    """The term converted to the column's type, or None if it isn't valid."""
    if len(term) > TERM_LIMIT:
        return None
    if isinstance(field, IntegerField):
        return int(term) if term.isdecimal() and len(term) <= INTEGER_DIGITS else None
    try:
        return field.to_python(term)
    except ValidationError:
        return None


def as_json(value: Any) -> SafeString:
    """Indented JSON as HTML."""
    return preformatted(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))


def preformatted(text: str) -> SafeString:
    """Preformatted text, escaped."""
    return format_html('<pre class="record">{}</pre>', text)
