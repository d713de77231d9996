"""The five steps of the first run, and which of them are done. Everything is read from what is stored."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from responder.first_run import organisation
from responder.models import Event, Feed, ImportJob, Post, User


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the first run.

    Arguments:
        key, title: its name in the code and on the page.
        text: what it is for.
        url: where it is done.
        is_done: whether something stored shows that it was done.
    """

    key: str
    title: str | Promise
    text: str | Promise
    url: str
    is_done: bool


def all_steps() -> list[Step]:
    """The five steps in order; six small queries."""
    first_run = reverse("first-run")
    back = f"?next={first_run}"
    return [
        Step(
            "administrator", _("Create the administrator"),
            _("The administrator manages people, roles, events and sources."), "", True,
        ),
        Step(
            "organisation", _("Name your organisation"), _("Its name, language and time zone."),
            reverse("first-run-organisation"), bool(organisation.current().name),
        ),
        Step(
            "event", _("Create an event"),
            _("The emergency that your team responds to: its name, countries and area on the map."),
            reverse("event-new") + back, Event.objects.filter(is_exercise=False).exists(),
        ),
        Step(
            "posts", _("Bring in posts"), _("Connect a source, import a file, or start an exercise."),
            reverse("first-run-posts"), _has_posts(),
        ),
        Step(
            "people", _("Invite people"), _("Everybody gets a link of their own, and the roles that you choose."),
            reverse("invite") + back, User.objects.filter(is_active=True)[:2].count() > 1,
        ),
    ]  # fmt: skip


def next_step(steps: list[Step]) -> Step | None:
    """The first step that is not done."""
    return next((step for step in steps if not step.is_done), None)


def _has_posts() -> bool:
    return Feed.objects.exists() or ImportJob.objects.exists() or Post.objects.exists()
