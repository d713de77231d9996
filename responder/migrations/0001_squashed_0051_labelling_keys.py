"""0001 to 0051 in one, for new databases; one that has applied some of them goes on with the rest.

Steps of 0001 to 0051 that only convert rows are left out, as a new database has none.
"""

import uuid
from decimal import Decimal

import django.contrib.auth.validators
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import classifier.clock
import responder.models.cap
import responder.models.event
import responder.models.time_zones
import responder.models.user
from classifier.migrations._create_models import CreateModels

FTS = """
CREATE VIRTUAL TABLE responder_postwords_fts USING fts5(
    document, content='responder_postwords', content_rowid='post_id', tokenize='ascii', prefix='2 3', detail='none');
CREATE TRIGGER responder_postwords_ai AFTER INSERT ON responder_postwords BEGIN
    INSERT INTO responder_postwords_fts(rowid, document) VALUES (new.post_id, new.document);
END;
CREATE TRIGGER responder_postwords_ad AFTER DELETE ON responder_postwords BEGIN
    INSERT INTO responder_postwords_fts(responder_postwords_fts, rowid, document)
    VALUES ('delete', old.post_id, old.document);
END;
CREATE TRIGGER responder_postwords_au AFTER UPDATE ON responder_postwords BEGIN
    INSERT INTO responder_postwords_fts(responder_postwords_fts, rowid, document)
    VALUES ('delete', old.post_id, old.document);
    INSERT INTO responder_postwords_fts(rowid, document) VALUES (new.post_id, new.document);
END
"""
GIN = """
CREATE INDEX responder_postwords_gin ON responder_postwords
    USING gin (array_to_tsvector(string_to_array(btrim(document), ' ')))
"""


def make_index(apps, schema_editor):
    """SQLite keeps its table of words by triggers, PostgreSQL an index over an expression."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GIN)
    elif schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            for statement in FTS.replace("END;", "END;;").replace("detail='none');", "detail='none');;").split(";;"):
                cursor.execute(statement)


def drop_index(apps, schema_editor):
    """PostgreSQL drops its own with the table."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE IF EXISTS responder_postwords_fts")


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("responder", "0001_initial"),
        ("responder", "0002_shortcuts"),
        ("responder", "0003_post_words"),
        ("responder", "0004_reveal"),
        ("responder", "0005_incidents"),
        ("responder", "0006_saved_views"),
        ("responder", "0007_triage_queue"),
        ("responder", "0008_feeds"),
        ("responder", "0009_post_set_aside"),
        ("responder", "0010_post_copies"),
        ("responder", "0011_export_jobs"),
        ("responder", "0012_prediction_jobs"),
        ("responder", "0013_cap_alerts"),
        ("responder", "0014_post_relation_and_counts"),
        ("responder", "0015_webhooks"),
        ("responder", "0016_post_links_and_language"),
        ("responder", "0017_partner_feedback"),
        ("responder", "0018_organisations"),
        ("responder", "0019_log_in_failures"),
        ("responder", "0020_words_masked_again"),
        ("responder", "0021_grouping_failures"),
        ("responder", "0022_organisation_paused"),
        ("responder", "0023_user_manager"),
        ("responder", "0024_masked_again"),
        ("responder", "0025_feed_kinds"),
        ("responder", "0026_wording"),
        ("responder", "0027_source_positions"),
        ("responder", "0028_unmeasured"),
        ("responder", "0029_text_identity"),
        ("responder", "0030_import_jobs"),
        ("responder", "0031_corrections"),
        ("responder", "0032_masked_again_3"),
        ("responder", "0033_events"),
        ("responder", "0034_people"),
        ("responder", "0035_event_roles"),
        ("responder", "0036_feed_access_token"),
        ("responder", "0037_places_by_hand"),
        ("responder", "0038_field_reports"),
        ("responder", "0039_installation"),
        ("responder", "0040_response"),
        ("responder", "0041_post_response"),
        ("responder", "0042_incident_facts"),
        ("responder", "0043_alerting"),
        ("responder", "0044_situation"),
        ("responder", "0045_hazards"),
        ("responder", "0046_rumours"),
        ("responder", "0047_offers"),
        ("responder", "0048_recheck"),
        ("responder", "0051_labelling_keys"),
    ]

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("classifier", "0001_initial"),
    ]

    operations = [
        CreateModels(
            models=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.SlugField(max_length=64, unique=True)),
                        (
                            "name",
                            models.CharField(
                                max_length=200, validators=[django.core.validators.ProhibitNullCharactersValidator()]
                            ),
                        ),
                        ("hazard", models.CharField(blank=True, max_length=40)),
                        (
                            "country_codes",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="ISO 3166-1 alpha-2 codes",
                                validators=[responder.models.event.known_countries],
                            ),
                        ),
                        ("west", models.FloatField(blank=True, null=True)),
                        ("south", models.FloatField(blank=True, null=True)),
                        ("east", models.FloatField(blank=True, null=True)),
                        ("north", models.FloatField(blank=True, null=True)),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", max_length=64, validators=[responder.models.time_zones.known_time_zone]
                            ),
                        ),
                        ("started_at", models.DateTimeField(default=classifier.clock.now)),
                        ("is_exercise", models.BooleanField(default=False)),
                        (
                            "area",
                            models.JSONField(
                                blank=True,
                                help_text="GeoJSON polygon. Its bounds are written to west, south, east and north",
                                null=True,
                            ),
                        ),
                        (
                            "keywords",
                            models.JSONField(
                                blank=True, default=list, validators=[responder.models.event.short_keywords]
                            ),
                        ),
                        (
                            "languages",
                            models.JSONField(
                                blank=True,
                                default=list,
                                help_text="Codes of the languages that posts are expected in",
                                validators=[responder.models.event.known_languages],
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("closed", "Closed"), ("archived", "Archived")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("state_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                    ],
                    options={
                        "ordering": ["-started_at", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                error_messages={"unique": "A user with that username already exists."},
                                help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                                max_length=150,
                                unique=True,
                                validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                                verbose_name="username",
                            ),
                        ),
                        ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                        ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                        (
                            "is_staff",
                            models.BooleanField(
                                default=False,
                                help_text="Designates whether the user can log into this admin site.",
                                verbose_name="staff status",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined"),
                        ),
                        (
                            "theme",
                            models.CharField(
                                blank=True,
                                choices=[("", "Same as the device"), ("light", "Light"), ("dark", "Dark")],
                                default="",
                                max_length=5,
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        (
                            "single_keys",
                            models.BooleanField(
                                default=True,
                                help_text="WCAG 2.1.4: can be switched off",
                                verbose_name="single-key shortcuts",
                            ),
                        ),
                        ("toured", models.BooleanField(default=False, verbose_name="has seen the tour")),
                        (
                            "language",
                            models.CharField(blank=True, default="", help_text="Empty: the browser's", max_length=12),
                        ),
                        ("last_seen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True, default="", help_text="Empty: that of the event", max_length=64
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(
                                default=1, editable=False, help_text="Counts changes of roles and state"
                            ),
                        ),
                        (
                            "labelling_keys",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                editable=False,
                                help_text="Own keys of the labelling page: what they do → key",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "user",
                        "verbose_name_plural": "users",
                        "abstract": False,
                    },
                    managers=[
                        ("objects", responder.models.user.UserManager()),
                    ],
                ),
                migrations.CreateModel(
                    name="Post",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=64)),
                        ("source_id", models.CharField(max_length=255)),
                        ("text", models.TextField()),
                        ("lang", models.CharField(blank=True, help_text="Which we go by", max_length=12)),
                        ("author_handle", models.CharField(blank=True, max_length=255)),
                        ("created_at", models.DateTimeField()),
                        (
                            "time_source",
                            models.CharField(
                                choices=[
                                    ("source", "Stated by the source"),
                                    ("snowflake", "Read from the post's id"),
                                    ("import", "Time of import"),
                                ],
                                max_length=9,
                            ),
                        ),
                        ("received_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "text_key",
                            models.CharField(help_text="Hash of the normalised text: equal for copies", max_length=32),
                        ),
                        ("is_exercise", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("accepted", "Accepted, not yet classified"),
                                    ("classified", "Classified"),
                                    ("quarantined", "Failed after repeated attempts"),
                                ],
                                default="accepted",
                                max_length=11,
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        ("classified_at", models.DateTimeField(blank=True, null=True)),
                        ("category", models.CharField(blank=True, max_length=48)),
                        ("group", models.CharField(blank=True, max_length=16)),
                        ("model_category", models.CharField(blank=True, max_length=48)),
                        ("probability", models.FloatField(blank=True, null=True)),
                        (
                            "band",
                            models.PositiveSmallIntegerField(blank=True, help_text="Confidence, 1 to 5", null=True),
                        ),
                        ("abstained", models.BooleanField(default=False)),
                        ("probabilities", models.JSONField(blank=True, default=dict)),
                        ("emergency", models.BooleanField(default=False)),
                        ("emergency_probability", models.FloatField(blank=True, null=True)),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(blank=True, help_text="1 Critical to 4 Low", null=True),
                        ),
                        ("severity_reason", models.CharField(blank=True, max_length=200)),
                        ("priority_score", models.FloatField(blank=True, null=True)),
                        ("needs", models.JSONField(blank=True, default=list)),
                        ("latitude", models.FloatField(blank=True, null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("radius_km", models.FloatField(blank=True, null=True)),
                        ("place_name", models.CharField(blank=True, max_length=200)),
                        ("place_type", models.CharField(blank=True, max_length=40)),
                        ("country_code", models.CharField(blank=True, max_length=2)),
                        (
                            "grid_x",
                            models.IntegerField(
                                blank=True, help_text="Web Mercator, 0 to 2^24 from west to east", null=True
                            ),
                        ),
                        (
                            "grid_y",
                            models.IntegerField(
                                blank=True, help_text="Web Mercator, 0 to 2^24 from north to south", null=True
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("unreviewed", "Unreviewed"),
                                    ("confirmed", "Confirmed"),
                                    ("corrected", "Corrected"),
                                    ("dismissed", "Not relevant"),
                                ],
                                default="unreviewed",
                                max_length=10,
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                        ("version", models.PositiveIntegerField(default=1, help_text="Grows with every decision")),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="posts",
                                to="responder.event",
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
                            "reviewed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviewed_posts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(
                                blank=True, help_text="When an edit at the source reached us", null=True
                            ),
                        ),
                        (
                            "revision",
                            models.CharField(
                                blank=True, help_text="Which edit this is; later ones sort after", max_length=20
                            ),
                        ),
                        (
                            "related_to",
                            models.CharField(
                                blank=True, help_text="That post's id at the source, where it said so", max_length=255
                            ),
                        ),
                        (
                            "relation",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("repeat", "Repeats another post"),
                                    ("quote", "Quotes another post"),
                                    ("reply", "Answers another post"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "lang_stated",
                            models.CharField(
                                blank=True,
                                help_text="What the source says, where the text says otherwise",
                                max_length=12,
                                null=True,
                            ),
                        ),
                        (
                            "links",
                            models.JSONField(
                                blank=True, default=list, help_text="Canonical; see `responder.privacy.links`"
                            ),
                        ),
                        (
                            "source_position",
                            models.JSONField(
                                blank=True,
                                help_text="Where the source says it was sent from: latitude, longitude, radius_km",
                                null=True,
                            ),
                        ),
                        (
                            "cues",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Order among posts that the model can't read; see `classification.cues`",
                                null=True,
                            ),
                        ),
                        (
                            "correction",
                            models.CharField(
                                blank=True,
                                help_text="Shown beside the text, after a request of a person named in it",
                                max_length=200,
                                null=True,
                            ),
                        ),
                        ("placed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "placed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who set the place by hand, or said that there is none; no rule changes it then",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="placed_posts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "response",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "No incident has been confirmed"),
                                    (1, "Confirmed or assigned, and nobody is going"),
                                    (2, "Somebody is going, or nobody need go"),
                                ],
                                default=0,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(condition=models.Q(("state", "accepted")), fields=["id"], name="post_queue"),
                            models.Index(fields=["event", "created_at"], name="post_event_time"),
                            models.Index(fields=["created_at"], name="post_time"),
                            models.Index(fields=["event", "status", "severity", "created_at"], name="post_triage"),
                            models.Index(fields=["text_key"], name="post_text_key"),
                            models.Index(fields=["grid_x", "grid_y"], name="post_grid"),
                            models.Index(fields=["event", "reviewed_at"], name="post_reviewed"),
                            models.Index(
                                condition=models.Q(("state", "quarantined")), fields=["id"], name="post_set_aside"
                            ),
                            models.Index(fields=["event", "text_key", "status", "severity"], name="post_copies"),
                            models.Index(
                                condition=models.Q(("related_to", ""), _negated=True),
                                fields=["source", "related_to"],
                                name="post_related",
                            ),
                            models.Index(
                                models.F("event"),
                                models.Case(
                                    models.When(status="unreviewed", then=0),
                                    default=1,
                                    output_field=models.IntegerField(),
                                ),
                                django.db.models.functions.comparison.Coalesce(
                                    "severity", models.Value(5), output_field=models.IntegerField()
                                ),
                                models.OrderBy(models.F("created_at"), descending=True),
                                models.OrderBy(models.F("id"), descending=True),
                                condition=models.Q(("state", "classified")),
                                name="post_work_order",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("group", "unmeasured"), ("state", "classified"), ("status", "unreviewed")
                                ),
                                fields=["event", "-cues", "created_at", "id"],
                                name="post_unmeasured",
                            ),
                            models.Index(
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
                            models.Index(
                                condition=models.Q(
                                    ("state", "classified"),
                                    models.Q(
                                        ("response", 1), models.Q(("response", 0), ("severity", 1)), _connector="OR"
                                    ),
                                    models.Q(("status", "dismissed"), _negated=True),
                                    models.Q(
                                        ("group", "aside"),
                                        models.Q(("status", "unreviewed"), _negated=True),
                                        _negated=True,
                                    ),
                                ),
                                fields=["event", "created_at"],
                                name="post_unanswered",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("source", "source_id"), name="post_once_per_source")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Place",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text", models.CharField(max_length=200)),
                        (
                            "start",
                            models.PositiveIntegerField(help_text="Unicode code points from the start of the text"),
                        ),
                        ("end", models.PositiveIntegerField()),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("type", models.CharField(blank=True, max_length=40)),
                        ("country_code", models.CharField(blank=True, max_length=2)),
                        ("latitude", models.FloatField(blank=True, null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("radius_km", models.FloatField(blank=True, null=True)),
                        ("score", models.FloatField(default=0)),
                        ("chosen", models.BooleanField(default=False)),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="places", to="responder.post"
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Why the position is exact; empty for a name in the text",
                                max_length=60,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["post", "start"],
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "start", "end"), name="place_once_per_span")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Change",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("new", "New on the map"),
                                    ("decided", "Reviewed by a person"),
                                    ("edited", "Edited at its source"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("at", models.DateTimeField(db_index=True, default=classifier.clock.now)),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="responder.post"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="TriageAction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("confirm", "Confirmed"),
                                    ("correct", "Changed the category"),
                                    ("dismiss", "Marked not relevant"),
                                    ("severity", "Changed the severity"),
                                    ("place", "Set the place"),
                                    ("undo", "Undone"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("before", models.JSONField(help_text="What the decision changed, before")),
                        ("after", models.JSONField(help_text="What the decision changed, after")),
                        (
                            "version",
                            models.PositiveIntegerField(help_text="The post's version that this decision made"),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="triage_actions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="responder.post"
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="responder.triageaction",
                            ),
                        ),
                        (
                            "batch",
                            models.UUIDField(
                                blank=True,
                                db_index=True,
                                help_text="Shared by what one decision covered; a repeat is known by it",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["actor", "at"], name="triage_actor_time")],
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "version"), name="one_decision_per_version")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PostWords",
                    fields=[
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="words",
                                serialize=False,
                                to="responder.post",
                            ),
                        ),
                        (
                            "document",
                            models.TextField(
                                help_text="Words of the masked text, without case and accents, between spaces"
                            ),
                        ),
                        (
                            "place",
                            models.CharField(
                                blank=True, db_index=True, help_text="Name of the place, likewise", max_length=200
                            ),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "post words",
                    },
                ),
                migrations.CreateModel(
                    name="Reveal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("reason", models.CharField(max_length=300)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("until", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reveals",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="reveals", to="responder.post"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["by", "at"], name="reveal_by_time")],
                    },
                ),
                migrations.CreateModel(
                    name="PostEmbedding",
                    fields=[
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="embedding",
                                serialize=False,
                                to="responder.post",
                            ),
                        ),
                        (
                            "space",
                            models.CharField(help_text="Only vectors of one space can be compared", max_length=16),
                        ),
                        ("cell", models.IntegerField(help_text="About 80 km of Web Mercator; -1 without a place")),
                        ("at", models.DateTimeField(help_text="When the post was made")),
                        ("vector", models.BinaryField(max_length=384)),
                        (
                            "signature",
                            models.BinaryField(help_text="Locality-sensitive hash, a byte a band", max_length=16),
                        ),
                        ("leads", models.BooleanField(default=False)),
                        ("grouped_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="responder.event",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("grouped_at", None)), fields=["post"], name="embedding_queue"
                            ),
                            models.Index(
                                condition=models.Q(("leads", True)),
                                fields=["event", "cell", "at"],
                                name="embedding_leaders",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SavedView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("page", models.CharField(help_text="Page that the view opens", max_length=20)),
                        ("query", models.CharField(help_text="The filter as a query string", max_length=1500)),
                        (
                            "scope",
                            models.CharField(
                                choices=[("me", "Only me"), ("team", "The team")], default="me", max_length=4
                            ),
                        ),
                        ("updated_at", models.DateTimeField(default=classifier.clock.now)),
                        ("version", models.PositiveIntegerField(default=1, help_text="Grows with every change")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="saved_views",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "indexes": [models.Index(fields=["scope", "name"], name="view_scope_name")],
                        "constraints": [
                            models.UniqueConstraint(fields=("owner", "name"), name="view_name_once_per_owner")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DefaultView",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="default_view",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "view",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="default_of",
                                to="responder.savedview",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Claim",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("until", models.DateTimeField(db_index=True)),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="claim", to="responder.post"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="claims",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Snooze",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("text_key", models.CharField(max_length=32)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("until", models.DateTimeField(db_index=True, help_text="It returns then at the latest")),
                        (
                            "wake_at_size",
                            models.PositiveIntegerField(
                                blank=True, help_text="Copies at which it returns earlier", null=True
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="snoozes",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="snoozes",
                                to="responder.event",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "text_key"), name="snooze_once_per_text")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Tombstone",
                    fields=[
                        (
                            "key",
                            models.CharField(
                                help_text="SHA-256 of source:id", max_length=64, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "known",
                            models.BooleanField(
                                default=True, help_text="Whether the post was here; others are forgotten in days"
                            ),
                        ),
                        ("at", models.DateTimeField(db_index=True, default=classifier.clock.now)),
                    ],
                ),
                migrations.CreateModel(
                    name="Feed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "kind",
                            models.CharField(help_text="Name of its kind in the registry of connectors", max_length=32),
                        ),
                        (
                            "address",
                            models.CharField(
                                blank=True, help_text="Base address of the server; empty: the default", max_length=255
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                blank=True, help_text="What of the server is read, e.g. a hashtag", max_length=100
                            ),
                        ),
                        (
                            "terms",
                            models.JSONField(
                                blank=True, default=list, help_text="Keywords or rules by which posts are chosen"
                            ),
                        ),
                        ("wanted", models.BooleanField(default=False)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("paused", "Paused"),
                                    ("starting", "Starting"),
                                    ("live", "Live"),
                                    ("waiting", "Connection lost, reconnecting"),
                                    ("held", "Throttled: too many posts are waiting for classification"),
                                    ("spent", "Budget used up"),
                                    ("failed", "Failed: action needed"),
                                ],
                                default="paused",
                                max_length=8,
                            ),
                        ),
                        ("state_at", models.DateTimeField(default=classifier.clock.now)),
                        ("cursor", models.CharField(blank=True, max_length=255)),
                        (
                            "cursor_at",
                            models.DateTimeField(
                                blank=True, help_text="The source's time of the last event stored", null=True
                            ),
                        ),
                        ("connected_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "seen_at",
                            models.DateTimeField(blank=True, help_text="When the source was last seen", null=True),
                        ),
                        (
                            "per_minute",
                            models.PositiveIntegerField(default=0, help_text="Posts read in the last minute"),
                        ),
                        ("last_error", models.CharField(blank=True, max_length=300)),
                        ("last_error_at", models.DateTimeField(blank=True, null=True)),
                        ("reconnects", models.PositiveIntegerField(default=0)),
                        (
                            "garbage",
                            models.PositiveIntegerField(default=0, help_text="Messages that could not be read"),
                        ),
                        ("held", models.PositiveIntegerField(default=0, help_text="How often the feed was throttled")),
                        (
                            "shed",
                            models.PositiveIntegerField(
                                default=0, help_text="Posts dropped because too many were waiting"
                            ),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "price",
                            models.DecimalField(
                                decimal_places=4,
                                default=Decimal("0"),
                                help_text="US dollars per post read",
                                max_digits=12,
                            ),
                        ),
                        ("posts_a_day", models.PositiveIntegerField(blank=True, null=True)),
                        ("posts_a_month", models.PositiveIntegerField(blank=True, null=True)),
                        ("money_a_day", models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                        ("money_a_month", models.DecimalField(blank=True, decimal_places=4, max_digits=12, null=True)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="feeds",
                                to="responder.event",
                            ),
                        ),
                        (
                            "access_token",
                            models.TextField(
                                blank=True,
                                editable=False,
                                help_text="Encrypted (responder.privacy.secrets); never shown",
                            ),
                        ),
                        (
                            "last_post_at",
                            models.DateTimeField(blank=True, help_text="When a post was last read", null=True),
                        ),
                        (
                            "usual_minutes",
                            models.FloatField(default=0.0, help_text="Minutes of reading behind the usual rate"),
                        ),
                        (
                            "usual_per_minute",
                            models.FloatField(
                                default=0.0, help_text="Posts a minute while it is connected; see feeds.usual_rate"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="FeedGap",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Ongoing"), ("refilled", "Filled later"), ("lost", "Lost")],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                        ("why", models.CharField(max_length=300)),
                        ("found_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "feed",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="gaps", to="responder.feed"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")), fields=("feed",), name="one_open_gap_a_feed"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedUsage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("posts", models.PositiveIntegerField(default=0)),
                        ("money", models.DecimalField(decimal_places=4, default=Decimal("0"), max_digits=12)),
                        (
                            "feed",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="usage", to="responder.feed"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-day"],
                        "constraints": [models.UniqueConstraint(fields=("feed", "day"), name="feed_usage_once_a_day")],
                    },
                ),
                migrations.CreateModel(
                    name="ExportJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "through_api",
                            models.BooleanField(help_text="Asked by a token: its terms are those of the API"),
                        ),
                        ("kind", models.CharField(max_length=8)),
                        (
                            "query",
                            models.CharField(blank=True, help_text="The filter as a query string", max_length=1500),
                        ),
                        (
                            "rows",
                            models.PositiveIntegerField(
                                help_text="Posts that matched the filter when it was requested"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("rows_done", models.PositiveIntegerField(default=0)),
                        ("parts", models.PositiveIntegerField(default=0)),
                        ("last_id", models.BigIntegerField(default=0, help_text="Of the last post that is written")),
                        (
                            "newest_id",
                            models.BigIntegerField(default=0, help_text="Of the newest post when it was asked for"),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored"),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("woken_at", models.DateTimeField(default=classifier.clock.now)),
                        ("asked_at", models.DateTimeField(default=classifier.clock.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="responder.event",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "lease_until"], name="exports_to_wake")],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("kind", models.CharField(max_length=40)),
                        ("data", models.JSONField()),
                        ("at", models.DateTimeField(db_index=True, default=classifier.clock.now)),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("url", models.CharField(max_length=500)),
                        ("kinds", models.JSONField(default=list, help_text="Event types that are sent")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("gone", "Disabled: the URL answered 410"),
                                ],
                                default="active",
                                max_length=6,
                            ),
                        ),
                        (
                            "generation",
                            models.PositiveIntegerField(
                                default=1, help_text="Version of the secret; the previous one stays valid for 24 hours"
                            ),
                        ),
                        ("overlap_until", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="webhooks",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Queued"), ("done", "Delivered"), ("dead", "Failed")],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        (
                            "tries",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Since it was first sent, or last asked for again"
                            ),
                        ),
                        ("next_at", models.DateTimeField(default=classifier.clock.now)),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("problem", models.CharField(blank=True, max_length=200)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "endpoint",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="responder.webhookendpoint",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="responder.webhookevent",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["next_at"], name="deliveries_due"
                            ),
                            models.Index(fields=["endpoint", "state", "id"], name="deliveries_of_endpoint"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "endpoint"), name="one_delivery_per_endpoint")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookAttempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("status", models.PositiveSmallIntegerField(help_text="Empty where no answer came", null=True)),
                        ("problem", models.CharField(blank=True, max_length=200)),
                        ("milliseconds", models.PositiveIntegerField()),
                        (
                            "delivery",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="attempts",
                                to="responder.webhookdelivery",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        (
                            "key",
                            models.CharField(
                                editable=False,
                                help_text="One row for each name, see key_of",
                                max_length=64,
                                unique=True,
                            ),
                        ),
                        (
                            "contact",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Contact for questions about its tokens",
                                max_length=200,
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True,
                                help_text="If unticked, its tokens, sessions, streams, jobs and webhooks stop within seconds; undelivered events are kept",
                                verbose_name="active",
                            ),
                        ),
                        (
                            "rate",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Rate limit of each of its tokens, as 600/min; empty: the default from the settings",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[1-9][0-9]{0,6}/(sec|min|hour|day)$",
                                        "Enter a rate such as 600/min. You can also use /sec, /hour and /day.",
                                    )
                                ],
                            ),
                        ),
                        (
                            "daily_quota",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Daily quota (UTC) of each of its tokens; empty: the default from the settings",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(help_text="What the token is for, in the partner's words", max_length=100),
                        ),
                        ("prefix", models.CharField(help_text="First characters, to recognise it by", max_length=12)),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("scopes", models.JSONField(default=list)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "organisation_name",
                            models.CharField(
                                db_column="organisation",
                                editable=False,
                                help_text="As it was when the token was issued",
                                max_length=200,
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tokens",
                                to="responder.organisation",
                            ),
                        ),
                        (
                            "rate",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Rate limit, as 600/min; empty: its organisation's",
                                max_length=12,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[1-9][0-9]{0,6}/(sec|min|hour|day)$",
                                        "Enter a rate such as 600/min. You can also use /sec, /hour and /day.",
                                    )
                                ],
                            ),
                        ),
                        (
                            "daily_quota",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Daily quota (UTC); empty: its organisation's",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                            ),
                        ),
                        ("counted_on", models.DateField(editable=False, null=True)),
                        ("counted", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=255)),
                        ("fingerprint", models.CharField(help_text="Hash of method, path and body", max_length=64)),
                        (
                            "status",
                            models.PositiveSmallIntegerField(help_text="Empty while the first request runs", null=True),
                        ),
                        ("body", models.JSONField(null=True)),
                        ("created_at", models.DateTimeField(db_index=True, default=classifier.clock.now)),
                        (
                            "token",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="responder.apitoken"),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("token", "key"), name="one_answer_per_key")],
                    },
                ),
                migrations.CreateModel(
                    name="PredictionJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("name", models.CharField(help_text="Of the file, in its sender's words", max_length=100)),
                        ("form", models.CharField(max_length=6)),
                        ("text_column", models.CharField(max_length=100)),
                        ("id_column", models.CharField(max_length=100)),
                        ("size", models.PositiveBigIntegerField(help_text="Bytes")),
                        ("lines", models.PositiveIntegerField(help_text="About as many as it has rows")),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("rows_read", models.PositiveIntegerField(default=0)),
                        ("rows_bad", models.PositiveIntegerField(default=0)),
                        (
                            "bad",
                            models.JSONField(
                                default=list, help_text="Line and reason of the first rows that could not be read"
                            ),
                        ),
                        ("chunks", models.PositiveIntegerField(default=0)),
                        ("model", models.CharField(blank=True, max_length=120)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, help_text="Since the last chunk was stored"),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("woken_at", models.DateTimeField(default=classifier.clock.now)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prediction_jobs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "token",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.apitoken",
                            ),
                        ),
                        (
                            "repaired",
                            models.JSONField(
                                default=list, help_text="Line and sentence of the first rows that were repaired"
                            ),
                        ),
                        ("rows_repaired", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "lease_until"], name="jobs_to_wake")],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerFeedback",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("organisation", models.CharField(help_text="As the token said then", max_length=200)),
                        ("wrong", models.JSONField(default=list, help_text="Any of category, priority, place")),
                        ("category", models.CharField(blank=True, max_length=48)),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(blank=True, help_text="1 Critical to 4 Low", null=True),
                        ),
                        ("place", models.CharField(blank=True, max_length=200)),
                        ("note", models.CharField(blank=True, max_length=1000)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Waiting for review"),
                                    ("accepted", "Accepted"),
                                    ("refused", "Rejected"),
                                ],
                                default="open",
                                max_length=8,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, help_text="Reason shown to the partner", max_length=500),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
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
                        (
                            "position",
                            models.JSONField(
                                blank=True,
                                help_text="Of the place: latitude, longitude, radius_km, gazetteer_id; empty for none",
                                null=True,
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
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("manager", "Manager: can see, rotate and revoke all its tokens"),
                                    ("member", "Member: can see their own tokens"),
                                ],
                                default="member",
                                max_length=7,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="responder.organisation",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("organisation", "person"), name="one_membership_each")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LogInFailure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("day", models.DateField()),
                        ("count", models.PositiveIntegerField(default=0)),
                        (
                            "person",
                            models.ForeignKey(
                                help_text="Empty: names of nobody",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-day", "-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("day", "person"), name="log_in_failures_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("person", None)),
                                fields=("day",),
                                name="log_in_failures_of_nobody_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="GroupingFailure",
                    fields=[
                        (
                            "embedding",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="failure",
                                serialize=False,
                                to="responder.postembedding",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.CharField(max_length=300)),
                        (
                            "try_again_at",
                            models.DateTimeField(
                                blank=True, db_index=True, help_text="Empty: no further attempts", null=True
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Rekeying",
                    fields=[
                        ("table", models.CharField(max_length=20, primary_key=True, serialize=False)),
                        ("last", models.BigIntegerField(default=0, help_text="Id of the last row that was read")),
                        ("changed", models.BigIntegerField(default=0)),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="SharedId",
                    fields=[
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                primary_key=True,
                                related_name="shared_id",
                                serialize=False,
                                to="responder.post",
                            ),
                        ),
                        ("source", models.CharField(max_length=64)),
                        ("stated_id", models.CharField(max_length=255)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["source", "stated_id"], name="shared_id_stated")],
                    },
                ),
                migrations.CreateModel(
                    name="ImportJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored"),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("woken_at", models.DateTimeField(default=classifier.clock.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Not started"),
                                    ("waiting", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                    ("stopped", "Cancelled"),
                                ],
                                default="draft",
                                max_length=7,
                            ),
                        ),
                        ("name", models.CharField(help_text="Of the file, in its sender's words", max_length=100)),
                        ("size", models.PositiveBigIntegerField(help_text="Bytes")),
                        (
                            "lines",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Line breaks; of a spreadsheet they say nothing"
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("source", models.CharField(max_length=64)),
                        (
                            "new_event",
                            models.CharField(
                                blank=True, help_text="Name of the event that starting it creates", max_length=200
                            ),
                        ),
                        (
                            "form",
                            models.CharField(
                                blank=True, help_text="Empty: found out from the file, as the three below", max_length=8
                            ),
                        ),
                        ("encoding", models.CharField(blank=True, max_length=40)),
                        (
                            "mapping",
                            models.JSONField(
                                blank=True, default=dict, help_text="Field → column, where a person chose it"
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True, help_text="Of times that state none; empty: the event's", max_length=64
                            ),
                        ),
                        ("day_first", models.BooleanField(help_text="Whether 3/4 is the 3rd of April", null=True)),
                        (
                            "rows_expected",
                            models.PositiveBigIntegerField(help_text="As far as the preview could tell", null=True),
                        ),
                        ("rows_read", models.PositiveBigIntegerField(default=0, help_text="Rows of the file")),
                        ("line", models.PositiveBigIntegerField(default=0, help_text="Of the last row that was read")),
                        ("parts", models.PositiveIntegerField(default=0)),
                        ("report", models.JSONField(blank=True, default=dict)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.event",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="imports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "abstract": False,
                        "indexes": [models.Index(fields=["state", "lease_until"], name="imports_to_wake")],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectionRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=12, unique=True)),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        (
                            "wish",
                            models.CharField(
                                choices=[
                                    ("safe", "I am safe, or not missing"),
                                    ("remove", "Remove my phone number, address or name"),
                                    ("wrong", "A fact about me is wrong"),
                                    ("not_me", "This is not me"),
                                ],
                                max_length=6,
                            ),
                        ),
                        (
                            "where",
                            models.CharField(blank=True, help_text="A link, an id, or the words seen", max_length=300),
                        ),
                        (
                            "contact",
                            models.CharField(
                                blank=True, help_text="E-mail address or telephone number", max_length=120
                            ),
                        ),
                        ("details", models.TextField(blank=True, max_length=800)),
                        (
                            "suspected",
                            models.BooleanField(
                                default=False, help_text="A field that people do not see was filled in"
                            ),
                        ),
                        ("received_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("new", "New"),
                                    ("checking", "Being checked"),
                                    ("decided", "Decided, being carried out"),
                                    ("closed", "Closed"),
                                ],
                                default="new",
                                max_length=8,
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, help_text="Grows with every step")),
                        (
                            "identity",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("call", "Called back on the number in the post"),
                                    ("document", "Saw a document"),
                                    ("partner", "Known to a partner organisation"),
                                    ("account", "Wrote from the account that posted it"),
                                    ("other", "Other"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("identity_words", models.CharField(blank=True, max_length=500)),
                        ("identity_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True, choices=[("done", "Carried out"), ("refused", "Refused")], max_length=7
                            ),
                        ),
                        (
                            "refusal",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("identity", "We could not confirm that this is about you"),
                                    ("not_found", "We found nothing about you here"),
                                    ("unreachable", "We could not reach you"),
                                    ("needed", "It is needed to save lives or to meet a legal duty"),
                                    ("abuse", "The request is not meant seriously"),
                                ],
                                max_length=11,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, help_text="Shown to the person who asked", max_length=1000),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("receipt", models.TextField(blank=True, help_text="As it was signed, byte for byte")),
                        (
                            "forgotten_at",
                            models.DateTimeField(blank=True, help_text="When contact and words were erased", null=True),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "identity_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["received_at", "id"],
                        "indexes": [
                            models.Index(fields=["state", "received_at"], name="corrections_by_state"),
                            models.Index(
                                condition=models.Q(("forgotten_at", None)),
                                fields=["closed_at"],
                                name="corrections_to_forget",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectionJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored"),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("woken_at", models.DateTimeField(default=classifier.clock.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        ("steps", models.JSONField(default=list, help_text="What is to be done, in order")),
                        ("steps_done", models.PositiveIntegerField(default=0)),
                        (
                            "incident_ids",
                            models.JSONField(
                                default=list, help_text="Incidents that held the posts when it was decided"
                            ),
                        ),
                        ("results", models.JSONField(default=dict, help_text="Place → what was done → how often")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "request",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="job",
                                to="responder.correctionrequest",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "abstract": False,
                        "indexes": [models.Index(fields=["state", "lease_until"], name="corrections_to_wake")],
                    },
                ),
                migrations.CreateModel(
                    name="CorrectionDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "post_id",
                            models.BigIntegerField(
                                help_text="0: no post, only what people wrote in incidents, alerts and views"
                            ),
                        ),
                        (
                            "verb",
                            models.CharField(
                                choices=[("mask", "Hide words"), ("correct", "Add a correction"), ("erase", "Erase")],
                                max_length=7,
                            ),
                        ),
                        (
                            "phrases",
                            models.JSONField(
                                default=list, help_text="Words and numbers to hide; emptied when that is done"
                            ),
                        ),
                        (
                            "note",
                            models.CharField(
                                blank=True, help_text="The correction that stands beside the text", max_length=160
                            ),
                        ),
                        (
                            "not_missing",
                            models.BooleanField(default=False, help_text="The post no longer counts as missing people"),
                        ),
                        ("later_too", models.BooleanField(default=False, help_text="Also in texts that arrive later")),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="decisions",
                                to="responder.correctionrequest",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("request", "post_id"), name="one_correction_of_a_post")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HiddenPhrase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("number", "Number"), ("words", "Words"), ("text", "Whole text")], max_length=6
                            ),
                        ),
                        ("digest", models.CharField(max_length=64)),
                        ("size", models.PositiveSmallIntegerField(help_text="Digits or words")),
                        (
                            "post_key",
                            models.CharField(
                                blank=True, help_text="Of the one post that it is about; empty for any", max_length=64
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["post_key"], name="hidden_phrase_post")],
                        "constraints": [
                            models.UniqueConstraint(fields=("digest", "post_key"), name="hidden_phrase_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TeamArea",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=80, validators=[django.core.validators.ProhibitNullCharactersValidator()]
                            ),
                        ),
                        ("area", models.JSONField()),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="team_areas",
                                to="responder.event",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "name"), name="team_area_names_once_an_event")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "mail",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Handed over by a person"),
                                    ("waiting", "Waiting to be sent"),
                                    ("sent", "Sent"),
                                    ("failed", "Not sent"),
                                ],
                                default="",
                                max_length=7,
                            ),
                        ),
                        ("mail_attempts", models.PositiveSmallIntegerField(default=0)),
                        ("mail_next_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "host",
                            models.CharField(
                                blank=True,
                                help_text="Scheme and host of the site, for the link in an email",
                                max_length=300,
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=150)),
                        ("email", models.EmailField(blank=True, max_length=254)),
                        ("roles", models.JSONField(default=list)),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "invited_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="PasswordLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "mail",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Handed over by a person"),
                                    ("waiting", "Waiting to be sent"),
                                    ("sent", "Sent"),
                                    ("failed", "Not sent"),
                                ],
                                default="",
                                max_length=7,
                            ),
                        ),
                        ("mail_attempts", models.PositiveSmallIntegerField(default=0)),
                        ("mail_next_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "host",
                            models.CharField(
                                blank=True,
                                help_text="Scheme and host of the site, for the link in an email",
                                max_length=300,
                            ),
                        ),
                        (
                            "asked",
                            models.CharField(
                                blank=True,
                                help_text="User name or email that somebody entered; looked up when it is sent",
                                max_length=254,
                            ),
                        ),
                        ("by_administrator", models.BooleanField(default=False)),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "abstract": False,
                    },
                ),
                migrations.CreateModel(
                    name="UserSession",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("session_key", models.CharField(editable=False, max_length=40, unique=True)),
                        ("started_at", models.DateTimeField(default=classifier.clock.now)),
                        ("last_seen_at", models.DateTimeField(default=classifier.clock.now)),
                        ("address", models.CharField(blank=True, max_length=45)),
                        (
                            "browser",
                            models.CharField(blank=True, help_text="User-Agent of the browser", max_length=200),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="sessions",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-last_seen_at", "-id"],
                        "indexes": [models.Index(fields=["person", "-last_seen_at"], name="sessions_of_a_person")],
                    },
                ),
                migrations.CreateModel(
                    name="EventRole",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[("viewer", "Viewer"), ("reviewer", "Reviewer"), ("lead", "Lead")], max_length=8
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="responder.event"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="event_roles",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "event", "role"), name="event_role_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedTest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting for a worker"),
                                    ("running", "Connecting"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("asked_at", models.DateTimeField(default=classifier.clock.now)),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("error", models.CharField(blank=True, max_length=300)),
                        ("connected", models.BooleanField(default=False)),
                        (
                            "messages",
                            models.PositiveIntegerField(
                                default=0, help_text="Messages that the source sent, also those left out"
                            ),
                        ),
                        (
                            "posts",
                            models.PositiveIntegerField(default=0, help_text="Posts that would have been stored"),
                        ),
                        ("unreadable", models.PositiveIntegerField(default=0)),
                        ("billed", models.PositiveIntegerField(default=0, help_text="Posts that the source bills")),
                        (
                            "posts_a_day",
                            models.FloatField(blank=True, help_text="Estimated; empty: unknown", null=True),
                        ),
                        (
                            "basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "Unknown"),
                                    ("source", "Counted by the source over the last 7 days"),
                                    ("recent", "From the times of the newest posts"),
                                    ("listening", "From the posts of a few seconds"),
                                ],
                                default="",
                                max_length=9,
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "feed",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="test", to="responder.feed"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Replay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("began_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "seen_at",
                            models.DateTimeField(
                                default=classifier.clock.now, help_text="When its process last reported"
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(blank=True, help_text="When its last post was sent", null=True),
                        ),
                        (
                            "event",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="replay", to="responder.event"
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ReportChannel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=12, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("public-form", "Public form"),
                                    ("sms", "SMS gateway (Twilio)"),
                                    ("signed", "Messages as signed JSON"),
                                    ("email", "Mailbox (IMAP)"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        ("is_on", models.BooleanField(default=True)),
                        (
                            "generation",
                            models.PositiveIntegerField(
                                default=1, help_text="Of its link or address; grows when it is replaced"
                            ),
                        ),
                        (
                            "notice",
                            models.CharField(
                                blank=True,
                                help_text="What the form says about emergency numbers; empty: our text",
                                max_length=300,
                            ),
                        ),
                        (
                            "secret",
                            models.TextField(
                                blank=True,
                                editable=False,
                                help_text="Encrypted: the gateway's token, or the mailbox's password",
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        ("host", models.CharField(blank=True, max_length=255)),
                        ("port", models.PositiveIntegerField(default=993)),
                        (
                            "account",
                            models.CharField(blank=True, help_text="User name at the mail server", max_length=255),
                        ),
                        ("folder", models.CharField(blank=True, max_length=100)),
                        (
                            "uid_validity",
                            models.BigIntegerField(
                                blank=True, help_text="The folder's, when it was last read", null=True
                            ),
                        ),
                        ("last_uid", models.BigIntegerField(default=0, help_text="Of the last message that was read")),
                        (
                            "lease_until",
                            models.DateTimeField(
                                blank=True, help_text="Until when a worker reads the mailbox", null=True
                            ),
                        ),
                        ("received", models.PositiveIntegerField(default=0)),
                        (
                            "refused",
                            models.PositiveIntegerField(default=0, help_text="Messages that were not accepted"),
                        ),
                        ("last_received_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "checked_at",
                            models.DateTimeField(blank=True, help_text="When the mailbox was last read", null=True),
                        ),
                        ("last_error", models.CharField(blank=True, max_length=300)),
                        ("last_error_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="report_channels",
                                to="responder.event",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="MessagePart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "group_key",
                            models.CharField(
                                help_text="Keyed hash of the sender and of the gateway's reference", max_length=64
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("total", models.PositiveSmallIntegerField()),
                        ("text", models.TextField(help_text="Once joined: its SHA-256")),
                        (
                            "sender",
                            models.TextField(
                                blank=True,
                                editable=False,
                                help_text="Encrypted contact of the sender; empty once joined",
                            ),
                        ),
                        ("received_at", models.DateTimeField(default=classifier.clock.now)),
                        ("joined_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="parts",
                                to="responder.reportchannel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("channel", "group_key", "number"), name="message_part_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FieldReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=12, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("phone", "Phone"),
                                    ("radio", "Radio"),
                                    ("walk-in", "Walk-in"),
                                    ("public-form", "Public form"),
                                    ("sms", "SMS"),
                                    ("email", "E-mail"),
                                ],
                                max_length=11,
                            ),
                        ),
                        (
                            "about",
                            models.CharField(
                                blank=True,
                                choices=[("self", "For the reporter"), ("other", "For somebody else")],
                                help_text="Empty: not stated",
                                max_length=5,
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Chosen by whoever filed it, 1 Critical to 4 Low; empty: left to the model",
                                null=True,
                            ),
                        ),
                        (
                            "contact",
                            models.TextField(
                                blank=True,
                                editable=False,
                                help_text="Encrypted: name, telephone, address and position of the reporter",
                            ),
                        ),
                        (
                            "attachments",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="Files that came along and were not stored"
                            ),
                        ),
                        ("received_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "filed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="field_reports",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="field_report",
                                to="responder.post",
                            ),
                        ),
                        (
                            "channel",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="responder.reportchannel",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-received_at", "-id"],
                        "indexes": [models.Index(fields=["kind", "received_at"], name="field_report_by_kind")],
                    },
                ),
                migrations.CreateModel(
                    name="FirstRunLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("token_hash", models.CharField(max_length=64, unique=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "used_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Installation",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                blank=True, default="", max_length=120, verbose_name="name of the organisation"
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True, default="", help_text="Language of the pages; empty: English", max_length=12
                            ),
                        ),
                        (
                            "time_zone",
                            models.CharField(
                                default="UTC", help_text="Proposed for new events and new people", max_length=64
                            ),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(
                                blank=True, help_text="When an administrator finished the first run", null=True
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_installation")],
                    },
                ),
                migrations.CreateModel(
                    name="Team",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=80, validators=[django.core.validators.ProhibitNullCharactersValidator()]
                            ),
                        ),
                        (
                            "skills",
                            models.JSONField(blank=True, default=list, help_text="Kinds of need that it can meet"),
                        ),
                        (
                            "availability",
                            models.CharField(
                                choices=[("free", "Free"), ("busy", "Busy"), ("off_duty", "Off duty")],
                                default="free",
                                max_length=8,
                            ),
                        ),
                        (
                            "contact",
                            models.CharField(blank=True, help_text="Masked for who may not see it", max_length=120),
                        ),
                        ("latitude", models.FloatField(blank=True, help_text="Where it was last", null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("located_at", models.DateTimeField(blank=True, help_text="When it was there", null=True)),
                        ("note", models.CharField(blank=True, max_length=500)),
                        (
                            "is_active",
                            models.BooleanField(
                                default=True, help_text="Whether it can be assigned; a team is never deleted"
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "area",
                            models.ForeignKey(
                                blank=True,
                                help_text="That it covers",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="teams",
                                to="responder.teamarea",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="teams", to="responder.event"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "name"), name="team_names_once_an_event")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Incident",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("title_by_person", models.BooleanField(default=False)),
                        ("summary", models.TextField(blank=True, max_length=4000)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("open", "New"),
                                    ("confirmed", "Confirmed"),
                                    ("assigned", "Assigned"),
                                    ("on_the_way", "On the way"),
                                    ("resolved", "Resolved"),
                                ],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        ("severity", models.PositiveSmallIntegerField(default=4, help_text="1 Critical to 4 Low")),
                        ("severity_by_person", models.BooleanField(default=False)),
                        ("category", models.CharField(blank=True, max_length=48)),
                        ("place_name", models.CharField(blank=True, max_length=200)),
                        ("latitude", models.FloatField(blank=True, null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("radius_km", models.FloatField(blank=True, null=True)),
                        ("place_by_person", models.BooleanField(default=False)),
                        (
                            "needs",
                            models.JSONField(
                                blank=True, default=dict, help_text="Need → needed or met, as people ticked it"
                            ),
                        ),
                        (
                            "verification",
                            models.CharField(
                                choices=[
                                    ("unverified", "Unverified"),
                                    ("verified", "Verified"),
                                    ("false", "False"),
                                    ("unverifiable", "Unverifiable"),
                                ],
                                default="unverified",
                                max_length=12,
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True)),
                        ("resolution", models.CharField(blank=True, max_length=1000)),
                        ("public_summary", models.TextField(blank=True, max_length=2000)),
                        ("public_at", models.DateTimeField(blank=True, null=True)),
                        ("size", models.PositiveIntegerField(default=0, help_text="Posts")),
                        ("authors", models.PositiveIntegerField(default=0, help_text="Distinct authors")),
                        (
                            "started_at",
                            models.DateTimeField(default=classifier.clock.now, help_text="Of the oldest post"),
                        ),
                        (
                            "last_evidence_at",
                            models.DateTimeField(default=classifier.clock.now, help_text="Of the newest post"),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        ("is_exercise", models.BooleanField(default=False)),
                        (
                            "created_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where a rule made it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="created_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="responder.event",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="absorbed",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="owned_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "verified_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="verified_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "going_at",
                            models.DateTimeField(
                                blank=True, help_text="When somebody set off, since it waits", null=True
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("done", "Done"),
                                    ("cannot_be_met", "Cannot be met"),
                                    ("handed_over", "Handed to another organisation"),
                                ],
                                help_text="Of a resolved incident",
                                max_length=13,
                            ),
                        ),
                        (
                            "seen_at",
                            models.DateTimeField(blank=True, help_text="When a person first acted on it", null=True),
                        ),
                        (
                            "waiting_since",
                            models.DateTimeField(
                                default=classifier.clock.now, help_text="When it was opened, or opened again"
                            ),
                        ),
                        (
                            "team",
                            models.ForeignKey(
                                blank=True,
                                help_text="That goes there",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incidents",
                                to="responder.team",
                            ),
                        ),
                        (
                            "contradicted_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="The newest post that tells of its end, which nobody has checked",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.post",
                            ),
                        ),
                        (
                            "last_confirmed_at",
                            models.DateTimeField(
                                default=classifier.clock.now,
                                help_text="When a person or a post last said that it is so",
                            ),
                        ),
                        (
                            "last_confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who said so; empty where a post did",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "last_confirmed_post",
                            models.ForeignKey(
                                blank=True,
                                help_text="The post that said so",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.post",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                models.F("event"),
                                models.F("severity"),
                                models.OrderBy(models.F("last_evidence_at"), descending=True),
                                models.OrderBy(models.F("id"), descending=True),
                                condition=models.Q(("merged_into", None)),
                                name="incident_worklist",
                            ),
                            models.Index(fields=["owner", "status"], name="incident_owner"),
                            models.Index(
                                models.F("event"),
                                models.F("severity"),
                                models.F("waiting_since"),
                                condition=models.Q(
                                    models.Q(
                                        ("status__in", ("confirmed", "assigned")),
                                        models.Q(("severity", 1), ("status", "open")),
                                        _connector="OR",
                                    ),
                                    ("merged_into", None),
                                    models.Q(("verification", "false"), _negated=True),
                                ),
                                name="incident_unanswered",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("merged_into", None),
                                    models.Q(("status", "resolved"), _negated=True),
                                    models.Q(("verification", "false"), _negated=True),
                                ),
                                fields=["event", "last_confirmed_at"],
                                name="incident_recheck",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "verb",
                            models.CharField(
                                choices=[
                                    ("create", "Opened"),
                                    ("group", "Posts added automatically"),
                                    ("attach", "Post attached"),
                                    ("detach", "Posts detached"),
                                    ("accept", "Suggestion accepted"),
                                    ("decline", "Suggestion rejected"),
                                    ("acknowledge", "Acknowledged"),
                                    ("confirm", "Confirmed"),
                                    ("assign", "Assigned"),
                                    ("set_off", "On the way"),
                                    ("turn_back", "Turned back"),
                                    ("edit", "Changed"),
                                    ("verify", "Verification set"),
                                    ("note", "Note"),
                                    ("resolve", "Resolved"),
                                    ("reopen", "Reopened"),
                                    ("merge", "Merged"),
                                    ("split", "Split"),
                                    ("mute", "Author muted"),
                                    ("publish", "Public summary"),
                                    ("undo", "Undone"),
                                    ("comment", "Partner comment"),
                                    ("fact", "Fact confirmed"),
                                    ("no_fact", "Fact withdrawn"),
                                    ("recheck", "Still true"),
                                ],
                                max_length=11,
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("note", models.CharField(blank=True, max_length=2000)),
                        ("posts", models.PositiveIntegerField(default=0, help_text="How many posts it was about")),
                        ("before", models.JSONField(default=dict)),
                        ("after", models.JSONField(default=dict)),
                        (
                            "version",
                            models.PositiveIntegerField(help_text="The incident's version that this change made"),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where a rule did it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="entries",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "undoes",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="undone_by",
                                to="responder.incidententry",
                            ),
                        ),
                        (
                            "organisation",
                            models.CharField(blank=True, help_text="Of the partner who said it", max_length=200),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["incident", "-id"], name="incident_timeline")],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentFollower",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("follows", models.BooleanField(default=True)),
                        ("snoozed_until_size", models.PositiveIntegerField(blank=True, null=True)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followers",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="followed_incidents",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("incident", "user"), name="follower_once")],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("suggested", "Suggested"),
                                    ("accepted", "Accepted"),
                                    ("declined", "Rejected"),
                                    ("detached", "Detached"),
                                    ("moved", "Moved to another incident"),
                                    ("muted", "Author muted"),
                                ],
                                max_length=9,
                            ),
                        ),
                        (
                            "likeness",
                            models.FloatField(blank=True, help_text="0 to 1, of the rule that found it", null=True),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty where a rule did it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                help_text="The change that took the post out, which an undo brings back",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="moved",
                                to="responder.incidententry",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="memberships",
                                to="responder.post",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["incident", "state", "-id"], name="incident_evidence")],
                        "constraints": [
                            models.UniqueConstraint(fields=("incident", "post"), name="incident_post_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "accepted")), fields=("post",), name="post_in_one_incident"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MutedAuthor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("author_key", models.CharField(max_length=32)),
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
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mutes",
                                to="responder.incidententry",
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="responder.event"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["event", "author_key"], name="muted_author")],
                    },
                ),
                migrations.CreateModel(
                    name="CapAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "identifier",
                            models.CharField(
                                default=responder.models.cap.new_identifier, editable=False, max_length=64, unique=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("draft", "Draft"), ("published", "Published"), ("discarded", "Discarded")],
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        (
                            "message",
                            models.CharField(
                                choices=[("Alert", "Alert"), ("Update", "Update"), ("Cancel", "Cancel")],
                                default="Alert",
                                max_length=6,
                            ),
                        ),
                        (
                            "is_exercise",
                            models.BooleanField(
                                default=False, help_text="Fictional: can only be published as Exercise"
                            ),
                        ),
                        ("category", models.CharField(max_length=9)),
                        ("hazard", models.CharField(help_text="The standard's `event`", max_length=100)),
                        ("response", models.CharField(max_length=8)),
                        ("urgency", models.CharField(max_length=9)),
                        ("severity", models.CharField(max_length=8)),
                        ("certainty", models.CharField(max_length=8)),
                        ("headline", models.CharField(max_length=160)),
                        ("description", models.TextField(blank=True, max_length=4000)),
                        ("instruction", models.TextField(blank=True, max_length=4000)),
                        ("note", models.CharField(blank=True, max_length=500)),
                        ("area", models.CharField(max_length=200)),
                        ("latitude", models.FloatField(blank=True, null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        ("radius_km", models.FloatField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("sender", models.CharField(blank=True, max_length=200)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("document", models.TextField(blank=True)),
                        ("version", models.PositiveIntegerField(default=1, help_text="Grows with every change")),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="responder.event",
                            ),
                        ),
                        (
                            "follows",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followed_by",
                                to="responder.capalert",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alerts",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "posts",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Evidence beside the incident",
                                related_name="+",
                                to="responder.post",
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "writers",
                            models.ManyToManyField(
                                help_text="People who edited the draft; none of them can publish it",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["state", "-id"], name="alert_state")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "published")),
                                fields=("follows",),
                                name="alert_followed_once",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentSuggestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Suggested"),
                                    ("opened", "Opened"),
                                    ("dismissed", "Not an incident"),
                                ],
                                default="waiting",
                                max_length=9,
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "at",
                            models.DateTimeField(blank=True, help_text="When it was opened or dismissed", null=True),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who opened or dismissed it; empty where a rule opened it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="suggestions",
                                to="responder.event",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                help_text="That was opened with its posts",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="responder.incident",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["event", "-id"],
                                name="suggestion_waiting",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SuggestedPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "likeness",
                            models.FloatField(blank=True, help_text="0 to 1, of the rule that found it", null=True),
                        ),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="suggested_in",
                                to="responder.post",
                            ),
                        ),
                        (
                            "suggestion",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="members",
                                to="responder.incidentsuggestion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="IncidentFact",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(choices=[("people", "People"), ("access", "Access")], max_length=8)),
                        (
                            "value",
                            models.CharField(
                                choices=[
                                    ("people", "People"),
                                    ("families", "Families"),
                                    ("injured", "Injured"),
                                    ("missing", "Missing"),
                                    ("dead", "Dead"),
                                    ("safe", "Safe or rescued"),
                                    ("open", "Road open"),
                                    ("closed", "Road closed"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "number",
                            models.PositiveIntegerField(
                                default=0, help_text="How many, as stated; 0 where it is no number"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("stated", "Stated"), ("confirmed", "Confirmed"), ("withdrawn", "Withdrawn")],
                                default="stated",
                                max_length=9,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                default=classifier.clock.now, help_text="When it was noted, confirmed or withdrawn"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who confirmed or withdrew it",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="facts",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                blank=True,
                                help_text="That states it",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="facts",
                                to="responder.post",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "indexes": [models.Index(fields=["incident", "kind"], name="incident_facts")],
                        "constraints": [
                            models.UniqueConstraint(fields=("post", "kind", "value", "number"), name="fact_once_a_post")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                max_length=80,
                                unique=True,
                                validators=[django.core.validators.ProhibitNullCharactersValidator()],
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("posts", "Several posts near each other"),
                                    ("unanswered", "An incident is unanswered"),
                                    ("silent", "A feed brings no posts"),
                                    ("model", "The model is not answering"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[("critical", "Critical"), ("warning", "Warning")],
                                default="critical",
                                max_length=8,
                            ),
                        ),
                        (
                            "query",
                            models.CharField(
                                blank=True, help_text="Of posts: the filter as a query string", max_length=1500
                            ),
                        ),
                        ("posts", models.PositiveIntegerField(default=3, help_text="Of posts: how many")),
                        (
                            "radius_km",
                            models.FloatField(
                                blank=True, help_text="Of posts: how near; empty: anywhere in the event", null=True
                            ),
                        ),
                        (
                            "minutes",
                            models.PositiveIntegerField(
                                default=30, help_text="Within which posts come, or how long something lasts"
                            ),
                        ),
                        (
                            "severity",
                            models.PositiveSmallIntegerField(
                                default=4, help_text="Of incidents: the least severe that counts"
                            ),
                        ),
                        (
                            "escalate_minutes",
                            models.PositiveIntegerField(
                                blank=True,
                                help_text="Until the next person is notified; empty: all are notified at once",
                                null=True,
                            ),
                        ),
                        ("is_on", models.BooleanField(default=True)),
                        ("on_since", models.DateTimeField(default=classifier.clock.now)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: all events",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alert_rules",
                                to="responder.event",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="AlertFiring",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                help_text="Place, incident or feed; unique while it is open", max_length=80
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("path", models.CharField(help_text="Local URL of the page that shows it", max_length=300)),
                        ("latitude", models.FloatField(blank=True, help_text="Centre of a group of posts", null=True)),
                        ("longitude", models.FloatField(blank=True, null=True)),
                        (
                            "first_at",
                            models.DateTimeField(
                                help_text="When the condition was first met, by the time of the posts"
                            ),
                        ),
                        ("last_at", models.DateTimeField(help_text="When it was last met")),
                        ("opened_at", models.DateTimeField(default=classifier.clock.now)),
                        ("closed_at", models.DateTimeField(blank=True, null=True)),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("snoozed_until", models.DateTimeField(blank=True, null=True)),
                        (
                            "step",
                            models.PositiveSmallIntegerField(default=0, help_text="Recipients that were notified"),
                        ),
                        (
                            "next_step_at",
                            models.DateTimeField(
                                blank=True, help_text="When the next one is, unless acknowledged", null=True
                            ),
                        ),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="responder.event",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "snoozed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="firings",
                                to="responder.alertrule",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(fields=["rule", "-last_at"], name="firings_of_rule"),
                            models.Index(
                                condition=models.Q(("acknowledged_at", None), ("closed_at", None)),
                                fields=["next_step_at"],
                                name="firings_to_escalate",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("rule", "group"),
                                name="one_open_firing_a_group",
                            ),
                            models.UniqueConstraint(
                                fields=("rule", "group", "first_at"), name="one_firing_a_group_and_time"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationChannel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("email", "E-mail"),
                                    ("webhook", "Signed webhook"),
                                    ("push", "Push message to a browser"),
                                    ("apprise", "Chat or push service"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("label", models.CharField(help_text="What its owner calls it", max_length=60)),
                        (
                            "service",
                            models.CharField(blank=True, help_text="Service or host, without secrets", max_length=60),
                        ),
                        (
                            "address",
                            models.TextField(
                                blank=True,
                                editable=False,
                                help_text="Encrypted (responder.privacy.secrets); of e-mail: empty, the account's",
                            ),
                        ),
                        (
                            "host",
                            models.CharField(
                                help_text="Scheme and host of this site, for links in messages", max_length=255
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("paused", "Paused"),
                                    ("dead", "Stopped: messages could not be delivered"),
                                ],
                                default="active",
                                max_length=6,
                            ),
                        ),
                        (
                            "problem",
                            models.CharField(blank=True, help_text="Of the last attempt that failed", max_length=200),
                        ),
                        ("generation", models.PositiveIntegerField(default=1, help_text="Of a webhook's secret")),
                        ("overlap_until", models.DateTimeField(blank=True, null=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notification_channels",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "level",
                            models.CharField(
                                choices=[("critical", "Critical"), ("warning", "Warning")],
                                default="warning",
                                max_length=8,
                            ),
                        ),
                        ("subject", models.CharField(max_length=200)),
                        ("body", models.TextField()),
                        ("path", models.CharField(max_length=300)),
                        ("is_test", models.BooleanField(default=False)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notification_messages",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["person", "-at"], name="messages_of_person")],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationDelivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "Queued"), ("done", "Delivered"), ("dead", "Failed")],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("next_at", models.DateTimeField(default=classifier.clock.now)),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("problem", models.CharField(blank=True, max_length=200)),
                        ("tried_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "channel",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="responder.notificationchannel",
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="responder.notificationmessage",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["next_at"], name="notices_due"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("message", "channel"), name="one_delivery_a_channel")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Notification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("rule", "Alert rule"),
                                    ("assigned", "Assignment"),
                                    ("mention", "Mention"),
                                    ("channel", "Channel that stopped working"),
                                ],
                                max_length=8,
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[("critical", "Critical"), ("warning", "Warning")],
                                default="warning",
                                max_length=8,
                            ),
                        ),
                        ("title", models.CharField(max_length=200)),
                        ("path", models.CharField(blank=True, max_length=300)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        ("read_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "held",
                            models.CharField(
                                blank=True,
                                choices=[("quiet", "Quiet hours"), ("budget", "Limit of messages an hour")],
                                help_text="Why it was not sent at once",
                                max_length=6,
                            ),
                        ),
                        (
                            "firing",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notifications",
                                to="responder.alertfiring",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notifications",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                blank=True,
                                help_text="In which it was sent; empty while it waits",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="notifications",
                                to="responder.notificationmessage",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("message", None)), fields=["person"], name="notifications_to_send"
                            ),
                            models.Index(fields=["person", "-id"], name="notifications_of_person"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("firing", "person"), name="notified_once_of_a_firing")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="NotificationSettings",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("quiet_from", models.TimeField(blank=True, null=True)),
                        ("quiet_until", models.TimeField(blank=True, null=True)),
                        ("time_zone", models.CharField(default="UTC", help_text="Of the quiet hours", max_length=64)),
                        ("critical_breaks_quiet", models.BooleanField(default=True)),
                        ("an_hour", models.PositiveSmallIntegerField(default=6, help_text="Messages at most")),
                        (
                            "sound",
                            models.CharField(
                                blank=True,
                                choices=[("", "No sound"), ("chime", "Chime"), ("bell", "Two-tone bell")],
                                default="",
                                max_length=5,
                            ),
                        ),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notification_settings",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="PushKey",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "private_key",
                            models.TextField(editable=False, help_text="Encrypted (responder.privacy.secrets)"),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_push_key")],
                    },
                ),
                migrations.CreateModel(
                    name="AlertRecipient",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recipients",
                                to="responder.alertrule",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["position"],
                        "constraints": [
                            models.UniqueConstraint(fields=("rule", "person"), name="alert_recipient_once"),
                            models.UniqueConstraint(fields=("rule", "position"), name="alert_recipient_position"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SituationReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="Within the event, from 1")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("proposed", "Proposed"),
                                    ("published", "Published"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="draft",
                                max_length=9,
                            ),
                        ),
                        ("period_from", models.DateTimeField()),
                        ("period_to", models.DateTimeField()),
                        ("is_exercise", models.BooleanField(default=False)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("proposed_at", models.DateTimeField(blank=True, null=True)),
                        ("sent_back_reason", models.CharField(blank=True, max_length=500)),
                        ("published_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        ("withdrawn_reason", models.CharField(blank=True, max_length=500)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="situation_reports",
                                to="responder.event",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "writers",
                            models.ManyToManyField(
                                help_text="People who wrote or proposed it; none of them can publish it",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["event", "state", "-id"], name="situation_state")],
                        "constraints": [
                            models.UniqueConstraint(fields=("event", "number"), name="situation_number_once_an_event")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SituationLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.CharField(max_length=12, unique=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("expires_at", models.DateTimeField()),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="responder.situationreport",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="SituationFacts",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("content", models.JSONField(default=dict)),
                        ("at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="facts",
                                to="responder.situationreport",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                    },
                ),
                migrations.CreateModel(
                    name="SituationVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(help_text="Within the report, from 1")),
                        (
                            "sections",
                            models.JSONField(
                                default=dict, help_text="Section → text, in which {names} stand for figures"
                            ),
                        ),
                        (
                            "is_generated",
                            models.BooleanField(
                                default=False, help_text="Generated anew; otherwise a person edited it"
                            ),
                        ),
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
                            "facts",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="responder.situationfacts",
                            ),
                        ),
                        (
                            "report",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="versions",
                                to="responder.situationreport",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("report", "number"), name="situation_version_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SituationFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("ref", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Queued"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                ],
                                default="waiting",
                                max_length=7,
                            ),
                        ),
                        ("error", models.CharField(blank=True, max_length=500)),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored"),
                        ),
                        ("lease_owner", models.CharField(blank=True, max_length=32)),
                        ("lease_until", models.DateTimeField(blank=True, null=True)),
                        ("woken_at", models.DateTimeField(default=classifier.clock.now)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                        ("expires_at", models.DateTimeField()),
                        (
                            "report_version",
                            models.PositiveIntegerField(help_text="Of the report: its state stands in the file"),
                        ),
                        ("steps", models.PositiveSmallIntegerField(default=0, help_text="That are done")),
                        ("pages", models.PositiveIntegerField(default=0)),
                        ("asked_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="situation_files",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "of_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="files",
                                to="responder.situationversion",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "abstract": False,
                        "indexes": [models.Index(fields=["state", "lease_until"], name="situation_files_to_wake")],
                    },
                ),
                migrations.CreateModel(
                    name="Handover",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "Draft"),
                                    ("given", "Handed over"),
                                    ("acknowledged", "Acknowledged"),
                                    ("discarded", "Discarded"),
                                ],
                                default="draft",
                                max_length=12,
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("content", models.JSONField(default=dict)),
                        (
                            "sections",
                            models.JSONField(
                                default=dict, help_text="Section → text, in which {names} stand for figures"
                            ),
                        ),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        ("given_at", models.DateTimeField(blank=True, null=True)),
                        ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                        ("remark", models.CharField(blank=True, help_text="Of the incoming lead", max_length=1000)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "acknowledged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="handovers",
                                to="responder.event",
                            ),
                        ),
                        (
                            "given_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "on_duty",
                            models.ManyToManyField(
                                blank=True,
                                help_text="As the outgoing lead chose",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "writers",
                            models.ManyToManyField(
                                help_text="None of them can acknowledge it",
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["event", "-id"], name="handover_event")],
                    },
                ),
                migrations.CreateModel(
                    name="HazardSource",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("gdacs", "GDACS"), ("usgs", "USGS earthquakes"), ("cap", "CAP 1.2")],
                                max_length=8,
                            ),
                        ),
                        ("address", models.CharField(max_length=500)),
                        ("is_on", models.BooleanField(default=True)),
                        ("created_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "next_at",
                            models.DateTimeField(default=classifier.clock.now, help_text="When it is read next"),
                        ),
                        (
                            "lease_until",
                            models.DateTimeField(blank=True, help_text="Until when a worker reads it", null=True),
                        ),
                        ("etag", models.CharField(blank=True, max_length=200)),
                        ("last_modified", models.CharField(blank=True, max_length=100)),
                        (
                            "documents",
                            models.JSONField(
                                blank=True,
                                default=dict,
                                help_text="Alerts that its list links to: key → failed tries, 0 once read",
                            ),
                        ),
                        ("checked_at", models.DateTimeField(blank=True, help_text="When it was last asked", null=True)),
                        (
                            "answered_at",
                            models.DateTimeField(
                                blank=True, help_text="Of the newest answer that could be read", null=True
                            ),
                        ),
                        (
                            "newest_at",
                            models.DateTimeField(blank=True, help_text="When its newest alert was sent", null=True),
                        ),
                        (
                            "failures",
                            models.PositiveIntegerField(default=0, help_text="Tries that failed since the last answer"),
                        ),
                        (
                            "unreadable",
                            models.PositiveIntegerField(default=0, help_text="Answers that could not be read"),
                        ),
                        (
                            "skipped",
                            models.PositiveIntegerField(
                                default=0, help_text="Alerts within answers that could not be read"
                            ),
                        ),
                        (
                            "last_skipped",
                            models.CharField(blank=True, help_text="Why the newest of them", max_length=300),
                        ),
                        (
                            "last_error",
                            models.CharField(
                                blank=True, help_text="Empty once an answer could be read", max_length=300
                            ),
                        ),
                        ("last_error_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "last_unreadable",
                            models.BooleanField(
                                default=False, help_text="Whether it answered, but what could not be read"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name"],
                    },
                ),
                migrations.CreateModel(
                    name="OfficialAlert",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "identifier",
                            models.CharField(help_text="At the source; of CAP with the sender", max_length=255),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("current", "Current"),
                                    ("replaced", "Replaced by a later alert"),
                                    ("cancelled", "Cancelled by its sender"),
                                ],
                                default="current",
                                max_length=9,
                            ),
                        ),
                        (
                            "message_type",
                            models.CharField(
                                blank=True, help_text="Alert, Update or Cancel, as CAP has it", max_length=8
                            ),
                        ),
                        ("is_exercise", models.BooleanField(default=False)),
                        (
                            "hazard",
                            models.CharField(
                                blank=True, help_text="A kind of `models.hazards`; empty: not known", max_length=40
                            ),
                        ),
                        ("event_type", models.CharField(blank=True, help_text="In the source's words", max_length=100)),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[(1, "Extreme"), (2, "Severe"), (3, "Moderate"), (4, "Minor"), (5, "Unknown")],
                                default=5,
                            ),
                        ),
                        (
                            "level_word",
                            models.CharField(
                                blank=True, help_text="In the source's words, such as Orange", max_length=60
                            ),
                        ),
                        ("urgency", models.CharField(blank=True, max_length=20)),
                        ("certainty", models.CharField(blank=True, max_length=20)),
                        ("headline", models.CharField(blank=True, max_length=300)),
                        ("description", models.TextField(blank=True, max_length=4000)),
                        ("instruction", models.TextField(blank=True, max_length=4000)),
                        ("sender_name", models.CharField(blank=True, max_length=200)),
                        ("area_name", models.CharField(blank=True, max_length=500)),
                        ("url", models.CharField(blank=True, max_length=1000)),
                        ("sent", models.DateTimeField()),
                        (
                            "onset",
                            models.DateTimeField(
                                blank=True, help_text="When the hazard begins; empty: when it was sent", null=True
                            ),
                        ),
                        ("expires", models.DateTimeField(blank=True, help_text="As the source states it", null=True)),
                        (
                            "valid_until",
                            models.DateTimeField(
                                help_text="When it expires or was ended; without a stated end 72 hours after it was sent"
                            ),
                        ),
                        (
                            "shape",
                            models.JSONField(blank=True, default=dict, help_text="As `hazards.shapes` writes it"),
                        ),
                        (
                            "radius_is_assumed",
                            models.BooleanField(default=False, help_text="Whether the source gave a point alone"),
                        ),
                        ("west", models.FloatField(blank=True, null=True)),
                        ("south", models.FloatField(blank=True, null=True)),
                        ("east", models.FloatField(blank=True, null=True)),
                        ("north", models.FloatField(blank=True, null=True)),
                        (
                            "revision",
                            models.PositiveIntegerField(default=1, help_text="Grows when the source changes it"),
                        ),
                        ("received_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "raw",
                            models.TextField(
                                blank=True, help_text="As the source sent it, for 30 days", max_length=64000
                            ),
                        ),
                        (
                            "replaced_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="replaces",
                                to="responder.officialalert",
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="alerts",
                                to="responder.hazardsource",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-sent", "-id"],
                        "indexes": [
                            models.Index(fields=["valid_until"], name="official_alert_until"),
                            models.Index(fields=["sent"], name="official_alert_sent"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "identifier"), name="official_alert_once_a_source"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AlertReference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("identifier", models.CharField(max_length=255)),
                        (
                            "alert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="references",
                                to="responder.officialalert",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["identifier"], name="alert_reference_identifier")],
                        "constraints": [
                            models.UniqueConstraint(fields=("alert", "identifier"), name="alert_reference_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Rumour",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "claim",
                            models.CharField(
                                max_length=300, validators=[django.core.validators.ProhibitNullCharactersValidator()]
                            ),
                        ),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("open", "Not checked"),
                                    ("verified", "Verified"),
                                    ("false", "False"),
                                    ("unverifiable", "Unverifiable"),
                                ],
                                default="open",
                                max_length=12,
                            ),
                        ),
                        ("verdict_at", models.DateTimeField(blank=True, null=True)),
                        ("basis", models.CharField(blank=True, help_text="What the verdict rests on", max_length=1000)),
                        (
                            "answer",
                            models.CharField(blank=True, help_text="What is sent to people who ask", max_length=1000),
                        ),
                        ("opened_at", models.DateTimeField(default=classifier.clock.now)),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rumours",
                                to="responder.event",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opened_rumours",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "verdict_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rumour_verdicts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["event", "verdict", "-id"], name="rumour_by_verdict")],
                    },
                ),
                migrations.CreateModel(
                    name="RumourPost",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("side", models.CharField(choices=[("for", "For"), ("against", "Against")], max_length=7)),
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
                            "post",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="rumours", to="responder.post"
                            ),
                        ),
                        (
                            "rumour",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="evidence",
                                to="responder.rumour",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["id"],
                        "constraints": [models.UniqueConstraint(fields=("rumour", "post"), name="rumour_post_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Offer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kinds",
                            models.JSONField(
                                default=dict, help_text="Kind of help, as needs are called → the word of the post"
                            ),
                        ),
                        ("said", models.CharField(help_text="The words of the post that offer it", max_length=120)),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "Open"), ("used", "Used"), ("dismissed", "Dismissed")],
                                default="open",
                                max_length=9,
                            ),
                        ),
                        ("at", models.DateTimeField(default=classifier.clock.now, help_text="Of the last change")),
                        (
                            "version",
                            models.PositiveIntegerField(default=1, help_text="Grows with every change by a person"),
                        ),
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
                            "event",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="offers",
                                to="responder.event",
                            ),
                        ),
                        (
                            "incident",
                            models.ForeignKey(
                                blank=True,
                                help_text="It is used for",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="offers",
                                to="responder.incident",
                            ),
                        ),
                        (
                            "post",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE, related_name="offer", to="responder.post"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["event", "state", "-id"], name="offers_of_an_event")],
                    },
                ),
            ],
        ),
        migrations.RunPython(make_index, drop_index, elidable=False),
    ]
