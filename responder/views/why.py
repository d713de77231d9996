"""“Why?” of a post: its words' contributions to the prediction, and similar labelled texts."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier import admission, database, explain, serving
from classifier.errors import ClassifierError, TooManyRequests
from classifier.predict import Message
from responder import roles
from responder.classification import labelled_examples
from responder.models import Post
from responder.queries import posts
from responder.queries import why as shown
from responder.web import problems

EXAMPLES = 3


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def why(request: HttpRequest, post_id: int) -> HttpResponse:
    """The words of one post with their contributions, as HTML."""
    post = _post(request, post_id)
    try:
        message = Message(id=str(post.pk), text=post.text, lang=post.lang or None)
        runtime = serving.current().runtime
        with admission.explaining(_caller(request)):
            explanation = explain.explain(message, runtime=runtime)
    except TooManyRequests as error:
        return _too_many(error)
    except ClassifierError:
        return _unavailable()
    return render(request, "map/_why.html", {"post": post, "why": shown.present(post.text, explanation)})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def similar(request: HttpRequest, post_id: int) -> HttpResponse:
    """The labelled texts most alike to one post, as HTML. Takes seconds the first time that a process is asked."""
    post = _post(request, post_id)
    try:
        runtime = serving.current().runtime
        with admission.explaining(_caller(request)):
            texts = labelled_examples.all_labelled(visible_events=roles.events_of(request.user, roles.VIEW))
            database.release_connections()
            found = explain.nearest(post.text, texts, runtime=runtime, number=EXAMPLES)
    except TooManyRequests as error:
        return _too_many(error)
    except ClassifierError:
        return _unavailable()
    return render(request, "map/_similar.html", {"examples": shown.present_examples(found)})


def _post(request: HttpRequest, post_id: int) -> Post:
    post = posts.visible(request.user).filter(pk=post_id).first()
    if post is None:
        raise Http404
    return post


def _caller(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


def _too_many(error: TooManyRequests) -> HttpResponse:
    response = problems.problem(429, "Too many requests", str(error))
    response["Retry-After"] = str(error.retry_after_s)
    return response


def _unavailable() -> HttpResponse:
    response = problems.problem(
        503, "Service unavailable", _("The model is not available right now. Try again in a minute.")
    )
    response["Retry-After"] = "60"
    return response
