"""0001 to 0003 in one, for new databases; one that has applied some of them goes on with the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("monitoring", "0001_initial"),
        ("monitoring", "0002_reports"),
        ("monitoring", "0003_wording"),
    ]

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(help_text="UTC")),
                ("actor", models.CharField(help_text="user:name, token:prefix or system:part", max_length=200)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("action", models.CharField(max_length=80)),
                ("object_type", models.CharField(max_length=80)),
                ("object_id", models.CharField(max_length=120)),
                ("before_hash", models.CharField(blank=True, max_length=64)),
                ("after_hash", models.CharField(blank=True, max_length=64)),
                (
                    "detail",
                    models.JSONField(
                        blank=True, default=dict, help_text="Ids, names of fields, reasons; never text of posts"
                    ),
                ),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64, unique=True)),
            ],
            options={
                "ordering": ["-sequence"],
                "indexes": [
                    models.Index(fields=["object_type", "object_id"], name="audit_object"),
                    models.Index(fields=["actor"], name="audit_actor"),
                    models.Index(fields=["at"], name="audit_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccuracyWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("estimated", "Estimated without labels"),
                            ("audited", "Audited"),
                            ("feedback", "From triage, not random"),
                        ],
                        max_length=9,
                    ),
                ),
                ("metric", models.CharField(max_length=40)),
                ("label", models.CharField(blank=True, help_text="The class; empty: all", max_length=48)),
                ("window_from", models.DateTimeField()),
                ("window_to", models.DateTimeField()),
                ("n", models.PositiveIntegerField()),
                ("point", models.FloatField(blank=True, help_text="Empty if there is not enough data", null=True)),
                ("low", models.FloatField(blank=True, null=True)),
                ("high", models.FloatField(blank=True, null=True)),
                ("baseline", models.FloatField(blank=True, null=True)),
                ("method", models.CharField(max_length=200)),
                ("model", models.CharField(max_length=150)),
                ("label_lag_hours", models.FloatField(blank=True, help_text="Median from post to label", null=True)),
                ("alarm", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "metric", "label", "window_to"), name="accuracy_window_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="What it is about: the same key is the same alert", max_length=120)),
                ("level", models.CharField(choices=[("warning", "Warning"), ("critical", "Critical")], max_length=8)),
                ("title", models.CharField(max_length=200)),
                ("text", models.TextField(blank=True)),
                ("path", models.CharField(blank=True, help_text="Page that shows more", max_length=200)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField(default=1)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "problem",
                    models.CharField(blank=True, help_text="Error of the last attempt to send", max_length=300),
                ),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at", None)), fields=("key",), name="one_open_alert_per_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DriftReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("light", "Daily"), ("full", "Weekly")], max_length=5)),
                ("at", models.DateTimeField()),
                ("window_from", models.DateTimeField()),
                ("window_to", models.DateTimeField()),
                ("reference_from", models.DateTimeField()),
                ("n_window", models.PositiveIntegerField()),
                ("n_reference", models.PositiveIntegerField()),
                ("model", models.CharField(help_text="Name and version", max_length=150)),
                ("model_sha256", models.CharField(blank=True, max_length=64)),
                ("seed", models.PositiveIntegerField(default=0)),
                (
                    "signals",
                    models.JSONField(
                        default=list, help_text="Each: value, threshold, null's 99th percentile, why suppressed"
                    ),
                ),
                ("facts", models.JSONField(default=dict)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("steady", "Steady"),
                            ("new event", "New event"),
                            ("decay", "Decay"),
                            ("too few to say", "Not enough data"),
                        ],
                        max_length=14,
                    ),
                ),
                ("summary", models.TextField(help_text="For people")),
                ("action", models.CharField(help_text="What was done about it", max_length=200)),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [models.UniqueConstraint(fields=("kind", "window_to"), name="drift_report_once")],
            },
        ),
    ]
