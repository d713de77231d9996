"""Admin of offers of help that posts make: read-only, for auditors."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import Offer


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "post", "said", "state", "incident", "by", "at")
    list_select_related = ("event", "post", "incident", "by")
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "post__id", "incident__id", "event__ref")
    search_help_text = "Id of the offer or of its post, number of the incident, or reference of the event"
