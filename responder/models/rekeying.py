"""Progress of making stored keys of texts again after their rule changed."""

from django.db import models


class Rekeying(models.Model):
    """The progress of recomputing the text keys of one table. A migration adds the row; without a row there is nothing to do."""

    table = models.CharField(max_length=20, primary_key=True)
    last = models.BigIntegerField(default=0, help_text="Id of the last row that was read")
    changed = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.table

    @classmethod
    def is_pending(cls, table: str) -> bool:
        """Whether some keys of the table may be of an older rule."""
        return cls.objects.filter(table=table, done_at=None).exists()
