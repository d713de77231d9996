"""The start page: the map, or the first page in the navigation that the person may open."""

from django.http import HttpRequest, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder.web import navigation


@require_safe
@never_cache  # the same address leads elsewhere once the person's roles change
def home(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the person's first page: the map for most, the developers' page for partners."""
    return HttpResponseRedirect(navigation.start_url(request))
