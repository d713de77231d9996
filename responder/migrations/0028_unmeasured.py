"""Posts in languages that the model was not measured in: their order, and the group in which they wait.

Posts that wait for a first decision move there; what people decided stays. Some 20 s for a million waiting posts.
"""

import re
import unicodedata

from django.db import migrations, models

UNKNOWN = ("", "und", "qme", "zxx")
CANT_JUDGE, UNMEASURED = "dont_know_cant_judge", "unmeasured"
MEDIUM = 3
AT_ONCE = 1_000
READ = 2_000  # characters
NO_WORDS = re.compile(r"https?://\S+|[@#]\w+")


def move(apps, schema_editor):
    """Every model before this version was measured in English alone. Where it is interrupted, it may begin anew."""
    post = apps.get_model("responder", "Post")
    waiting = post.objects.filter(state="classified", status="unreviewed").exclude(group=UNMEASURED)
    english = models.Q(lang__iexact="en") | models.Q(lang__istartswith="en-")
    _leave_to_people(waiting.exclude(english).exclude(lang__in=UNKNOWN))
    last = 0
    while True:
        rows = list(
            waiting.filter(english | models.Q(lang__in=UNKNOWN), id__gt=last)
            .order_by("id")
            .values_list("id", "text")[:AT_ONCE]
        )
        if not rows:
            break
        last = rows[-1][0]
        found = [post_id for post_id, text in rows if _is_in_another_script(text)]
        _leave_to_people(waiting.filter(id__in=found))


def _is_in_another_script(text):
    """Whether less than half of the letters are Latin; links and names of accounts do not count."""
    words = unicodedata.normalize("NFKC", NO_WORDS.sub(" ", text[:READ]))
    letters = [character for character in words if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return latin * 2 < len(letters)


def _leave_to_people(rows):
    by_model = rows.filter(severity_reason__startswith="model:")  # neither a rule's nor a person's
    by_model.filter(severity__gt=MEDIUM).update(severity=MEDIUM)
    by_model.update(severity_reason="language not measured")
    rows.update(group=UNMEASURED, category=CANT_JUDGE, abstained=True, band=1, cues=0)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("responder", "0027_source_positions")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="cues",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Order among posts that the model can't read; see `classification.cues`",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("group", "unmeasured"), ("state", "classified"), ("status", "unreviewed")),
                fields=["event", "-cues", "created_at", "id"],
                name="post_unmeasured",
            ),
        ),
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
    ]
