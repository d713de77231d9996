"""Records as files, for auditors."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import audit_bundle, roles
from responder.errors import Missing


@require_safe
@never_cache
@roles.requires(roles.READ_RECORDS)
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """Everything on record about one post, as a ZIP."""
    try:
        content = audit_bundle.make(post_id=post_id, by=request.user)
    except Missing as error:
        raise Http404(str(error)) from error
    headers = {"Content-Disposition": f'attachment; filename="post-{post_id}-records.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)
