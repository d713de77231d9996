"""What a post is to another one; indexes for a million posts: all that is counted, and the order of work."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("responder", "0013_cap_alerts"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="related_to",
            field=models.CharField(
                blank=True, help_text="That post's id at the source, where it said so", max_length=255
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="relation",
            field=models.CharField(
                blank=True,
                choices=[
                    ("repeat", "Repeats another post"),
                    ("quote", "Quotes another post"),
                    ("reply", "Answers another post"),
                ],
                max_length=6,
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("related_to", ""), _negated=True),
                fields=["source", "related_to"],
                name="post_related",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("state", "classified")),
                fields=["event", "created_at"],
                include=("group", "category", "severity", "status", "band", "grid_x", "grid_y", "place_name", "id"),
                name="post_counted",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                models.F("event"),
                models.Case(models.When(status="unreviewed", then=0), default=1, output_field=models.IntegerField()),
                django.db.models.functions.comparison.Coalesce(
                    "severity", models.Value(5), output_field=models.IntegerField()
                ),
                models.OrderBy(models.F("created_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("state", "classified")),
                name="post_work_order",
            ),
        ),
    ]
