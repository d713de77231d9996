"""Progress of making stored keys of texts again after their rule changed."""

from django.db import models


class Rekeying(models.Model):
    """How far the keys of one table's texts are made again. A migration adds the row; no row: nothing to do."""

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
