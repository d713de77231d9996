"""Posts that share an id, and the keys of texts that workers make again. A new installation has none."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = {
    "snoozes": ("responder", "Snooze"),
    "posts": ("responder", "Post"),
    "label tasks": ("classifier", "LabelTask"),
    "labels": ("classifier", "Label"),
}


def note_tables_with_keys(apps, schema_editor):
    progress = apps.get_model("responder", "Rekeying").objects
    for table, (app, model) in TABLES.items():
        try:
            rows = apps.get_model(app, model).objects
        except LookupError:  # its table has not been created: the classifier's migrations may run after this one
            continue
        if rows.exists():
            progress.update_or_create(table=table, defaults={"last": 0, "changed": 0, "done_at": None})


class Migration(migrations.Migration):
    dependencies = [("responder", "0028_unmeasured")]

    operations = [
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
            options={"indexes": [models.Index(fields=["source", "stated_id"], name="shared_id_stated")]},
        ),
        migrations.RunPython(note_tables_with_keys, migrations.RunPython.noop, elidable=True),
    ]
