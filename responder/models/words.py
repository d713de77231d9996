"""The words of a post's masked text and of its place, for searching. Derived from the post, and deleted with it.

A table of its own: posts change often, their words never, and the index is not rewritten with every decision.
"""

from django.db import models


class PostWords(models.Model):
    post = models.OneToOneField("responder.Post", models.CASCADE, primary_key=True, related_name="words")
    document = models.TextField(help_text="Words of the masked text, without case and accents, between spaces")
    place = models.CharField(max_length=200, blank=True, db_index=True, help_text="Name of the place, likewise")

    class Meta:
        verbose_name_plural = "post words"

    def __str__(self) -> str:
        return f"words of post {self.post_id}"
