"""Organisations get rows of their own: names that partners typed become one row each, and tokens' owners its people."""

import hashlib
import unicodedata

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import classifier.clock

JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
RATE = django.core.validators.RegexValidator(
    "^[1-9][0-9]{0,6}/(sec|min|hour|day)$", "Write a rate as 600/min; /sec, /hour and /day work too."
)


def plain(name):
    return " ".join("".join(c if c.isprintable() or ord(c) in JOINERS else " " for c in name).split())


def carry_over(apps, schema_editor):
    """Names that differ in case or spaces are one organisation, called as it was first; nobody manages it yet."""
    organisations, memberships = (apps.get_model("responder", name) for name in ("Organisation", "Membership"))
    tokens, known = apps.get_model("responder", "ApiToken"), {}
    for token in tokens.objects.order_by("id").only("organisation_name", "owner_id").iterator():
        name = plain(token.organisation_name) or "Unnamed"
        folded = unicodedata.normalize("NFKC", name.translate(JOINERS)).casefold()
        key = hashlib.sha256(folded.encode()).hexdigest()
        if key not in known:
            known[key] = organisations.objects.create(name=name, key=key).pk
        memberships.objects.get_or_create(organisation_id=known[key], person_id=token.owner_id)
        tokens.objects.filter(pk=token.pk).update(organisation=known[key])


class Migration(migrations.Migration):
    dependencies = [("responder", "0017_partner_feedback")]

    operations = [
        migrations.AlterField(
            "apitoken", "organisation", models.CharField(max_length=200, db_column="organisation", editable=False)
        ),
        migrations.RenameField("apitoken", "organisation", "organisation_name"),  # the column stays as it is
        migrations.AlterField(
            "apitoken",
            "organisation_name",
            models.CharField(
                max_length=200,
                db_column="organisation",
                editable=False,
                help_text="As it was when the token was issued",
            ),
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                (
                    "key",
                    models.CharField(
                        editable=False, help_text="One row for each name, see key_of", max_length=64, unique=True
                    ),
                ),
                (
                    "contact",
                    models.CharField(
                        blank=True, default="", help_text="Whom to write to about its tokens", max_length=200
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Without it, all its tokens are refused from the next request on",
                        verbose_name="active",
                    ),
                ),
                (
                    "rate",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Requests that each of its tokens may send, as 600/min; empty: as the settings say",
                        max_length=12,
                        validators=[RATE],
                    ),
                ),
                (
                    "daily_quota",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Requests a day (UTC) that each of its tokens may send; empty: as the settings say",
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
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("manager", "Manager: sees, replaces and revokes all its tokens"),
                            ("member", "Member: their own tokens"),
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
                "constraints": [models.UniqueConstraint(fields=("organisation", "person"), name="one_membership_each")],
            },
        ),
        migrations.AddField(
            "apitoken",
            "organisation",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tokens",
                to="responder.organisation",
            ),
        ),
        migrations.AddField(
            "apitoken",
            "rate",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Requests that it may send, as 600/min; empty: as its organisation may",
                max_length=12,
                validators=[RATE],
            ),
        ),
        migrations.AddField(
            "apitoken",
            "daily_quota",
            models.PositiveIntegerField(
                blank=True,
                help_text="Requests a day (UTC) that it may send; empty: as its organisation may",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField("apitoken", "counted_on", models.DateField(editable=False, null=True)),
        migrations.AddField(
            "apitoken", "counted", models.PositiveIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]
