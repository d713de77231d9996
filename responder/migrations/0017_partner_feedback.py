"""Feedback of partners on posts, and their comments on incidents."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import classifier.clock

VERBS = [
    ("create", "Opened"), ("group", "Posts added by rule"), ("attach", "Post attached"), ("detach", "Posts detached"),
    ("accept", "Suggestion accepted"), ("decline", "Suggestion declined"), ("acknowledge", "Acknowledged"),
    ("assign", "Assigned"), ("edit", "Changed"), ("verify", "Verification set"), ("note", "Note"),
    ("resolve", "Resolved"), ("reopen", "Reopened"), ("merge", "Merged"), ("split", "Split"), ("mute", "Author muted"),
    ("publish", "Public summary"), ("undo", "Undone"), ("comment", "Comment of a partner"),
]  # fmt: skip
PERSON = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("responder", "0016_post_links_and_language"),
    ]

    operations = [
        migrations.AddField(
            model_name="incidententry",
            name="organisation",
            field=models.CharField(blank=True, default="", help_text="Of the partner who said it", max_length=200),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="incidententry", name="verb", field=models.CharField(choices=VERBS, max_length=11)
        ),
        migrations.CreateModel(
            name="PartnerFeedback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organisation", models.CharField(help_text="As the token said then", max_length=200)),
                ("wrong", models.JSONField(default=list, help_text="Any of category, priority, place")),
                ("category", models.CharField(blank=True, max_length=48)),
                ("severity", models.PositiveSmallIntegerField(blank=True, help_text="1 Critical to 4 Low", null=True)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("note", models.CharField(blank=True, max_length=1000)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Waits for a reviewer"), ("accepted", "Accepted"), ("refused", "Refused")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="What the partner is told", max_length=500)),
                ("created_at", models.DateTimeField(default=classifier.clock.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", models.ForeignKey(blank=True, null=True, **PERSON)),
                ("owner", models.ForeignKey(**PERSON)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="partner_feedback",
                        to="responder.post",
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="responder.apitoken"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["id"], name="feedback_open"),
                    models.Index(fields=["owner", "-id"], name="feedback_owner"),
                ],
            },
        ),
    ]
