import django.db.models.deletion
from django.db import migrations, models

from responder.queries.words import document, place_key

BATCH = 1000
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


def index_posts(apps, schema_editor):
    """The words of the posts that are there already."""
    posts, rows = apps.get_model("responder", "Post"), apps.get_model("responder", "PostWords")
    last = 0
    while found := list(
        posts.objects.filter(pk__gt=last, state="classified").order_by("pk").only("text", "place_name")[:BATCH]
    ):
        rows.objects.bulk_create(
            rows(post_id=post.pk, document=document(post.text), place=place_key(post.place_name)) for post in found
        )
        last = found[-1].pk


class Migration(migrations.Migration):
    dependencies = [("responder", "0002_shortcuts")]

    operations = [
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
                    models.TextField(help_text="Words of the masked text, without case and accents, between spaces"),
                ),
                (
                    "place",
                    models.CharField(
                        blank=True, db_index=True, help_text="Name of the place, likewise", max_length=200
                    ),
                ),
            ],
            options={"verbose_name_plural": "post words"},
        ),
        migrations.RunPython(make_index, drop_index, elidable=False),
        migrations.RunPython(index_posts, migrations.RunPython.noop, elidable=True),
    ]
