"""An index for the copies of a post: the queue's entries were counted in time that grew with their square."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("responder", "0009_post_set_aside")]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["event", "text_key", "status", "severity"], name="post_copies"),
        ),
    ]
