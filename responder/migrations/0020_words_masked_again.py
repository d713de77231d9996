"""The words that search finds posts by, from texts masked as they are now: older ones may hold what was not hidden then."""

from django.db import migrations

from responder.queries.words import document

BATCH = 1000


def mask_again(apps, schema_editor):
    """A few minutes for a million posts; where it is interrupted, it may begin anew."""
    rows = apps.get_model("responder", "PostWords").objects
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk").select_related("post")[:BATCH]):
        changed = [row for row in found if row.document != document(row.post.text)]
        for row in changed:
            row.document = document(row.post.text)
        rows.bulk_update(changed, ["document"])
        last = found[-1].pk


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("responder", "0019_log_in_failures")]

    operations = [migrations.RunPython(mask_again, migrations.RunPython.noop, elidable=True)]
