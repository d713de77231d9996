from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("responder", "0035_event_roles")]

    operations = [
        migrations.AddField(
            model_name="feed",
            name="access_token",
            field=models.TextField(
                blank=True, default="", editable=False, help_text="Encrypted (responder.privacy.secrets); never shown"
            ),
            preserve_default=False,
        ),
    ]
