"""What posts say about the response, counted on the map; filled from the incidents that they belong to."""

from django.db import migrations, models


WAITS, ANSWERED = 1, 2


def fill(apps, _schema):
    """Give each post what its incident says. Repeating it changes nothing."""
    post, membership = apps.get_model("responder", "Post"), apps.get_model("responder", "IncidentPost")
    accepted = membership.objects.filter(state="accepted")
    is_false = models.Q(incident__verification="false")
    waits = accepted.filter(incident__status__in=("confirmed", "assigned")).exclude(is_false)
    answered = accepted.filter(is_false | models.Q(incident__status__in=("on_the_way", "resolved")))
    post.objects.filter(pk__in=waits.values("post")).update(response=WAITS)
    post.objects.filter(pk__in=answered.values("post")).update(response=ANSWERED)


class Migration(migrations.Migration):
    dependencies = [
        ("responder", "0040_response"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="post",
            name="post_counted",
        ),
        migrations.AddField(
            model_name="post",
            name="response",
            field=models.PositiveSmallIntegerField(
                choices=[
                    (0, "No incident has been confirmed"),
                    (1, "Confirmed or assigned, and nobody is going"),
                    (2, "Somebody is going, or nobody need go"),
                ],
                default=0,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("state", "classified")),
                fields=["event", "created_at"],
                include=(
                    "group",
                    "category",
                    "severity",
                    "status",
                    "response",
                    "band",
                    "grid_x",
                    "grid_y",
                    "place_name",
                    "id",
                ),
                name="post_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(
                    ("state", "classified"),
                    models.Q(("response", 1), models.Q(("response", 0), ("severity", 1)), _connector="OR"),
                    models.Q(("status", "dismissed"), _negated=True),
                    models.Q(("group", "aside"), models.Q(("status", "unreviewed"), _negated=True), _negated=True),
                ),
                fields=["event", "created_at"],
                name="post_unanswered",
            ),
        ),
    ]
