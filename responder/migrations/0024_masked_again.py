"""Positions, titles and names that are stored masked, masked by today's rules: older rows may hold what was not hidden then."""

from django.db import migrations

from responder import remasking


def mask_again(apps, schema_editor):
    """Seconds for tens of thousands of incidents; where it is interrupted, it may begin anew."""
    remasking.mask_again(lambda name: apps.get_model("responder", name), words=False)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("responder", "0023_user_manager")]

    operations = [migrations.RunPython(mask_again, migrations.RunPython.noop, elidable=True)]
