"""Pages of the translation engine, for administrators: set up, limited, tested, switched on and off, and removed."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.errors import Invalid, ResponderError
from responder.forms import version
from responder.models import TranslationEngine, User
from responder.translation import configuring, forms, presenting
from responder.translation.forms import EngineForm, TestForm
from responder.views.feeds import tells_refusals

Kind = TranslationEngine.Kind
VERBS = ("on", "off", "remove", "delete-translations")


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER, everywhere=True)
def page(request: HttpRequest) -> HttpResponse:
    """The engine: its state, use and cost, and its test; where there is none, how to set one up."""
    return _page(request)


@require_safe
@never_cache
@roles.requires(roles.ADMINISTER, everywhere=True)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    engine = _engine()
    return render(request, "translation/_state.html", {"shown": presenting.state_of(engine) if engine else None})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER, everywhere=True)
def edit(request: HttpRequest) -> HttpResponse:
    """A form that sets the engine up, or changes it."""
    engine = _engine()
    kind = request.POST.get("kind", "") or request.GET.get("kind", "") or (engine.kind if engine else "")
    kind = kind if kind in Kind.values else str(Kind.LIBRETRANSLATE)
    if request.method != "POST":
        return _form(request, EngineForm(kind=kind, engine=engine, initial=forms.initial(kind, engine)), engine)
    form = EngineForm(request.POST, kind=kind, engine=engine)
    if not form.is_valid():
        return _form(request, form, engine, status=Invalid.status)
    try:
        configuring.save(version=form.cleaned_data["version"], by=_person(request), fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, engine, status=error.status)
    messages.success(request, _("The engine is saved. Test it before you switch it on."))
    return HttpResponseRedirect(reverse("translation-engine"))


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER, everywhere=True)
def test(request: HttpRequest) -> HttpResponse:
    """Let a worker translate a sample."""
    form = TestForm(request.POST, name="test")
    try:
        form.submit(configuring.test, by=_person(request))
    except ResponderError as error:
        return _page(request, form, error.status)
    messages.success(request, _("The sample is being translated. The result appears below."))
    return HttpResponseRedirect(reverse("translation-engine") + "#test-h")


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.ADMINISTER, everywhere=True)
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Switch the engine on or off, remove it, or delete all translations."""
    if verb not in VERBS:
        raise Http404
    loaded, by = version(request.POST.get("version", "")), _person(request)
    if verb == "remove":
        configuring.remove(version=loaded, by=by)
        messages.success(request, _("The engine and its key are removed. Translations that were made are kept."))
    elif verb == "delete-translations":
        count = configuring.delete_translations(version=loaded, by=by)
        said = ngettext("%(count)d translation is deleted.", "%(count)d translations are deleted.", count)
        messages.success(request, said % {"count": count})
    else:
        configuring.switch(version=loaded, is_on=verb == "on", by=by)
        messages.success(request, _("Translation is on.") if verb == "on" else _("Translation is off."))
    return HttpResponseRedirect(reverse("translation-engine"))


def _page(request: HttpRequest, form: TestForm | None = None, status: int = 200) -> HttpResponse:
    engine = _engine()
    context: dict[str, Any] = {"shown": presenting.state_of(engine) if engine else None, "kinds": _kinds("")}
    if engine:
        context["test"] = form or TestForm(name="test", initial=forms.initial_test(engine))
        context["note"] = forms.NOTES[Kind(engine.kind)]
    return render(request, "translation/index.html", context, status=status)


def _form(
    request: HttpRequest, form: EngineForm, engine: TranslationEngine | None, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form, "engine": engine, "kind": form.kind, "note": forms.NOTES[Kind(form.kind)], "kinds": _kinds(form.kind),
    }  # fmt: skip
    return render(request, "translation/form.html", context, status=status)


def _kinds(current: str) -> list[dict[str, Any]]:
    return [{"name": name, "label": label, "current": name == current} for name, label in Kind.choices]


def _engine() -> TranslationEngine | None:
    return TranslationEngine.objects.filter(pk=1).first()


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
