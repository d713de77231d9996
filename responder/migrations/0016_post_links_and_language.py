"""Links of a post in one form, and the language that its source states where the text says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("responder", "0015_webhooks")]

    operations = [
        migrations.AddField(
            model_name="post",
            name="lang_stated",
            field=models.CharField(
                blank=True, help_text="What the source says, where the text says otherwise", max_length=12, null=True
            ),
        ),
        migrations.AddField(
            model_name="post",
            name="links",
            field=models.JSONField(blank=True, default=list, help_text="Canonical; see `responder.privacy.links`"),
        ),
        migrations.AlterField(
            model_name="post",
            name="lang",
            field=models.CharField(blank=True, help_text="Which we go by", max_length=12),
        ),
    ]
