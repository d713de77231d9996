"""The audit log's rows: ids and hashes only, no foreign keys, so that erasing a post never breaks the chain."""

from django.db import models


class AuditEvent(models.Model):
    sequence = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(help_text="UTC")
    actor = models.CharField(max_length=200, help_text="user:name, token:prefix or system:part")
    request_id = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120)
    before_hash = models.CharField(max_length=64, blank=True)
    after_hash = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict, blank=True, help_text="Ids, names of fields, reasons; never text of posts")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            models.Index(fields=["actor"], name="audit_actor"),
            models.Index(fields=["at"], name="audit_time"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action} {self.object_type}:{self.object_id} by {self.actor}"
