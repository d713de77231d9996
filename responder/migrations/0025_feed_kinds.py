"""The kinds of feed are those that connectors declare: their names have more room, and the column lists none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("responder", "0024_masked_again")]

    operations = [
        migrations.AlterField(
            model_name="feed",
            name="kind",
            field=models.CharField(help_text="Name of its kind in the registry of connectors", max_length=32),
        ),
        migrations.AlterField(
            model_name="feed",
            name="channel",
            field=models.CharField(blank=True, help_text="What of the server is read, e.g. a hashtag", max_length=100),
        ),
        migrations.AlterField(
            model_name="feed",
            name="terms",
            field=models.JSONField(blank=True, default=list, help_text="Keywords or rules by which posts are chosen"),
        ),
    ]
