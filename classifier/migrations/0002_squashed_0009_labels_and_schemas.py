"""0002 to 0009 in one, for new databases; one that has applied some of them goes on with the rest."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import classifier.clock
from classifier.migrations._create_models import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("classifier", "0002_learning_and_releases"),
        ("classifier", "0003_version_counter"),
        ("classifier", "0004_azure_state"),
        ("classifier", "0005_training_elsewhere"),
        ("classifier", "0006_wording"),
        ("classifier", "0007_place_labels"),
        ("classifier", "0009_labels_and_schemas"),
    ]

    dependencies = [
        ("classifier", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="modelversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("registered", "Registered"),
                    ("evaluated", "Evaluated"),
                    ("auto_rejected", "Rejected by a gate"),
                    ("shadow", "In shadow"),
                    ("pending_approval", "Waiting for approval"),
                    ("rejected", "Rejected"),
                    ("expired", "Approval expired"),
                    ("approved", "Approved"),
                    ("canary", "Canary"),
                    ("production", "In production"),
                    ("superseded", "Superseded"),
                    ("rolled_back", "Rolled back"),
                    ("retired", "Retired"),
                    ("quarantined", "Quarantined"),
                ],
                default="registered",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "canary")), fields=("name",), name="one_canary_version"
            ),
        ),
        migrations.AddField(
            model_name="prediction",
            name="role",
            field=models.CharField(
                choices=[("production", "Production"), ("canary", "Canary"), ("shadow", "Shadow: never shown")],
                default="production",
                max_length=10,
            ),
        ),
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="LabelTask",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(help_text="What the text belongs to, such as post:17", max_length=120),
                        ),
                        ("text", models.TextField(help_text="Emptied when the subject is erased")),
                        (
                            "text_key",
                            models.CharField(
                                help_text="Hash of the normalised text: copies are one text", max_length=64
                            ),
                        ),
                        ("event", models.CharField(blank=True, max_length=100)),
                        ("lang", models.CharField(blank=True, max_length=10)),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("audit", "Random audit"),
                                    ("urgent", "Audit of non-urgent posts"),
                                    ("uncertain", "The model is unsure"),
                                    ("rare", "A rare class"),
                                    ("diverse", "Different from the others"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("week", models.CharField(help_text="ISO week, as 2026-W48", max_length=8)),
                        ("stratum", models.CharField(blank=True, max_length=80)),
                        (
                            "inclusion_probability",
                            models.FloatField(blank=True, help_text="Of an audit's random draw", null=True),
                        ),
                        ("coders", models.PositiveSmallIntegerField(default=1, help_text="How many people label it")),
                        ("predicted", models.CharField(blank=True, max_length=48)),
                        ("predicted_probability", models.FloatField(blank=True, null=True)),
                        ("predicted_priority", models.CharField(blank=True, max_length=8)),
                        ("claimed_until", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "claimed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="claimed_label_tasks",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "model_version",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="classifier.modelversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["closed_at", "id"], name="label_task_open")],
                        "constraints": [
                            models.UniqueConstraint(fields=("subject", "week", "purpose"), name="label_task_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LoadedModel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("process", models.CharField(help_text="host:process id", max_length=120)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("shadow", "Shadow: answers are kept, not shown"),
                                    ("canary", "Canary: a share of the posts"),
                                    ("production", "Production"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("loaded_at", models.DateTimeField(default=classifier.clock.now)),
                        ("seen_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="classifier.modelversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["process"],
                        "constraints": [models.UniqueConstraint(fields=("process", "role"), name="loaded_model_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Snapshot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "hash",
                            models.CharField(
                                help_text="SHA-256 over files, label ids and the split rule", max_length=64, unique=True
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "label_cutoff",
                            models.DateTimeField(help_text="Labels after this moment belong to the next snapshot"),
                        ),
                        ("files", models.JSONField(default=dict, help_text="Imported file → SHA-256 and bytes")),
                        ("labels", models.JSONField(default=list, help_text="Ids of the site's labels")),
                        (
                            "counts",
                            models.JSONField(default=dict, help_text="Texts by task, class, event, source and terms"),
                        ),
                        ("gates", models.JSONField(default=list, help_text="Data gates: value, threshold, passed")),
                        ("datasheet", models.TextField(blank=True, help_text="Markdown")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="classifier.snapshot",
                            ),
                        ),
                        ("places", models.JSONField(default=list, help_text="Ids of the site's labels of places")),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="TrainingRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("run_key", models.CharField(max_length=120, unique=True)),
                        (
                            "trigger",
                            models.CharField(
                                choices=[("weekly", "Weekly"), ("manual", "Manual"), ("early", "Early")], max_length=6
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=500)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("frozen", "Labels frozen"),
                                    ("ready", "Snapshot taken"),
                                    ("training", "Training"),
                                    ("evaluating", "Evaluating"),
                                    ("requested", "Approval requested"),
                                    ("refused", "Rejected by a gate"),
                                    ("failed", "Failed"),
                                    ("stopped", "Stopped manually"),
                                ],
                                default="frozen",
                                max_length=10,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("label_cutoff", models.DateTimeField()),
                        ("config", models.JSONField(default=dict, help_text="Training arguments")),
                        (
                            "provenance",
                            models.JSONField(
                                default=dict, help_text="Commit, and hashes of config, lock file and base model"
                            ),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=64)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("heartbeat_at", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("progress", models.FloatField(default=0.0, help_text="0 to 1")),
                        ("doing", models.CharField(blank=True, max_length=200)),
                        (
                            "cost",
                            models.JSONField(default=dict, help_text="Minutes, wall and processor; peak memory in MB"),
                        ),
                        ("artefact_sha256", models.CharField(blank=True, max_length=64)),
                        ("stop_wanted", models.BooleanField(default=False)),
                        ("error", models.TextField(blank=True)),
                        (
                            "candidate",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "initiator",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="classifier.snapshot",
                            ),
                        ),
                        (
                            "place",
                            models.CharField(
                                choices=[("local", "This machine"), ("azure", "Azure ML")],
                                default="local",
                                help_text="Where it trains",
                                max_length=5,
                            ),
                        ),
                        (
                            "remote",
                            models.JSONField(
                                default=dict, help_text="Of a run that trains elsewhere: job, its address, its state"
                            ),
                        ),
                        (
                            "resume_at",
                            models.DateTimeField(
                                blank=True, help_text="Nothing is to be done before this moment", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Evaluation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("n", models.PositiveIntegerField()),
                        (
                            "metrics",
                            models.JSONField(
                                default=dict, help_text="Both versions' figures, each with its interval, and slices"
                            ),
                        ),
                        ("comparison", models.JSONField(default=dict, help_text="Paired bootstrap, McNemar, latency")),
                        (
                            "gates",
                            models.JSONField(default=list, help_text="Each gate: value, threshold, outcome, why"),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("passed", "Passed"),
                                    ("failed", "Failed"),
                                    ("not_evaluable", "Not evaluable"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("sha256", models.CharField(help_text="Of everything above", max_length=64)),
                        (
                            "candidate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evaluations",
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "live",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="classifier.snapshot",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evaluations",
                                to="classifier.trainingrun",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="ApprovalRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("evidence_hash", models.CharField(max_length=64)),
                        ("requested_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("approved", "Approved"),
                                    ("rejected", "Rejected"),
                                    ("expired", "Expired"),
                                    ("void", "Void: the evidence has changed"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_because", models.CharField(blank=True, max_length=200)),
                        (
                            "requested_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "evaluation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="classifier.evaluation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("version",),
                                name="one_open_request_per_version",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(choices=[("approve", "Approved"), ("reject", "Rejected")], max_length=7),
                        ),
                        ("reason", models.TextField()),
                        ("evidence_hash_seen", models.CharField(max_length=64)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="classifier.approvalrequest",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("request", "by"), name="one_decision_per_person")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deployment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("environment", models.CharField(default="local", max_length=40)),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("shadow", "Shadow: answers are kept, not shown"),
                                    ("canary", "Canary: a share of the posts"),
                                    ("production", "Production"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("installation", "Shipped with the product"),
                                    ("release", "Released after approval"),
                                    ("rollback", "Rollback"),
                                    ("trial", "Shadow run before approval"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("share", models.FloatField(default=1.0, help_text="Of the posts, 0 to 1")),
                        ("by", models.CharField(help_text="user:name or system:part", max_length=200)),
                        ("reason", models.TextField(blank=True)),
                        ("started_at", models.DateTimeField(default=classifier.clock.now)),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("ended_because", models.CharField(blank=True, max_length=200)),
                        ("posts", models.PositiveBigIntegerField(default=0)),
                        ("seconds", models.FloatField(default=0.0, help_text="Spent on these posts")),
                        ("errors", models.PositiveIntegerField(default=0)),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("review", models.TextField(blank=True)),
                        (
                            "previous",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "request",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deployments",
                                to="classifier.approvalrequest",
                            ),
                        ),
                        (
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deployments",
                                to="classifier.modelversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("environment", "role"),
                                name="one_deployment_per_role",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "release"), _negated=True),
                                    ("request__isnull", False),
                                    _connector="OR",
                                ),
                                name="a_release_has_a_decision",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind", "trial"), ("role", "production"), _negated=True),
                                name="production_is_no_trial",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RunLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("text", models.CharField(max_length=1000)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lines",
                                to="classifier.trainingrun",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="Waiver",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("gate", models.CharField(max_length=40)),
                        ("reason", models.TextField()),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "evaluation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waivers",
                                to="classifier.evaluation",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("evaluation", "gate"), name="one_waiver_per_gate")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VersionCounter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
                        ("last", models.PositiveIntegerField(default=0)),
                    ],
                ),
                migrations.CreateModel(
                    name="AzureState",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("checked_at", models.DateTimeField(default=classifier.clock.now)),
                        ("away_since", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "waiting",
                            models.JSONField(default=list, help_text="Versions that are not in the registry yet"),
                        ),
                        (
                            "colours",
                            models.JSONField(
                                default=list, help_text="Deployments of the endpoint, with version and traffic"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PlaceLabel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subject",
                            models.CharField(help_text="What the text belongs to, such as post:17", max_length=120),
                        ),
                        ("text", models.TextField(help_text="Its own copy; emptied by an erasure")),
                        ("text_key", models.CharField(max_length=64)),
                        ("event", models.CharField(blank=True, max_length=100)),
                        ("lang", models.CharField(blank=True, max_length=10)),
                        (
                            "start",
                            models.PositiveIntegerField(
                                blank=True, help_text="Of the words that it stands for", null=True
                            ),
                        ),
                        ("end", models.PositiveIntegerField(blank=True, help_text="In Unicode code points", null=True)),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("type", models.CharField(blank=True, max_length=40)),
                        ("country_code", models.CharField(blank=True, max_length=2)),
                        (
                            "latitude",
                            models.FloatField(blank=True, help_text="Empty: the text names no place", null=True),
                        ),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("radius_km", models.FloatField(blank=True, null=True)),
                        (
                            "predicted",
                            models.JSONField(
                                blank=True, help_text="The place finder's: name, latitude, longitude", null=True
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "decision",
                            models.BigIntegerField(help_text="Id of the decision on the subject that it comes from"),
                        ),
                        (
                            "withdrawn_at",
                            models.DateTimeField(blank=True, help_text="When that decision was undone", null=True),
                        ),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="place_labels",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "model_version",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="classifier.modelversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["subject"], name="place_label_subject")],
                        "constraints": [
                            models.UniqueConstraint(fields=("subject", "decision"), name="place_label_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabelSchema",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "categories",
                            models.JSONField(default=list, help_text="As in its file: key, name, maps_to and so on"),
                        ),
                        (
                            "is_active",
                            models.BooleanField(default=False, help_text="Whether pages, files and the API show it"),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("changed_at", models.DateTimeField(default=classifier.clock.now)),
                        ("version", models.PositiveIntegerField(default=1, help_text="Grows with every change")),
                        (
                            "changed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: the system",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("is_active", True)),
                                fields=("is_active",),
                                name="label_schema_one_active",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabelSchemaVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("version", models.PositiveIntegerField()),
                        ("name", models.CharField(max_length=80)),
                        ("categories", models.JSONField(default=list)),
                        ("what", models.CharField(help_text="What was changed, in a few words", max_length=200)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "schema",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="classifier.labelschema",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-version"],
                        "constraints": [
                            models.UniqueConstraint(fields=("schema", "version"), name="label_schema_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LabelImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("name", models.CharField(help_text="Of the file", max_length=200)),
                        ("form", models.CharField(blank=True, help_text="Its format", max_length=20)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("size", models.PositiveBigIntegerField(default=0, help_text="Bytes")),
                        ("options", models.JSONField(default=dict, help_text="Columns, label map and weight")),
                        ("report", models.JSONField(default=dict, help_text="Counts, without texts")),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("stored", "Stored"), ("removed", "Removed")],
                                default="draft",
                                max_length=7,
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("stored_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: the command line",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="label_imports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Label",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subject", models.CharField(max_length=120)),
                        (
                            "text",
                            models.TextField(
                                help_text="Its own copy, so that a snapshot can be made again; emptied by an erasure"
                            ),
                        ),
                        ("text_key", models.CharField(max_length=64)),
                        ("event", models.CharField(blank=True, max_length=100)),
                        ("lang", models.CharField(blank=True, max_length=10)),
                        ("category", models.CharField(max_length=48)),
                        ("priority", models.CharField(blank=True, max_length=8)),
                        (
                            "how",
                            models.CharField(
                                choices=[
                                    ("triage", "Triage"),
                                    ("queue", "Labelling queue"),
                                    ("adjudicated", "Adjudication"),
                                    ("exercise", "From the exercise"),
                                    ("imported", "From a file"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "withdrawn",
                            models.BooleanField(
                                default=False, help_text="This row only takes back the one it supersedes"
                            ),
                        ),
                        ("predicted", models.CharField(blank=True, max_length=48)),
                        ("predicted_probability", models.FloatField(blank=True, null=True)),
                        ("erased_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="labels",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "model_version",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="classifier.modelversion",
                            ),
                        ),
                        (
                            "supersedes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="superseded_by",
                                to="classifier.label",
                            ),
                        ),
                        (
                            "task",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="labels",
                                to="classifier.labeltask",
                            ),
                        ),
                        (
                            "details",
                            models.JSONField(
                                blank=True, default=dict, help_text="What else the file said about the text"
                            ),
                        ),
                        (
                            "weight",
                            models.FloatField(
                                default=1.0, help_text="How far it is trusted in training: above 0 and up to 1"
                            ),
                        ),
                        (
                            "source_file",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="The file that it came in",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="labels",
                                to="classifier.labelimport",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["subject"], name="label_subject"),
                            models.Index(fields=["at"], name="label_time"),
                            models.Index(fields=["text_key"], name="label_text"),
                            models.Index(
                                condition=models.Q(("source_file__isnull", False)),
                                fields=["source_file"],
                                name="label_source_file",
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
