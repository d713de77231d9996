"""Posts that could not be grouped into incidents. Only failed posts have a row."""

from django.db import models

from responder.models.incident import PostEmbedding


class GroupingFailure(models.Model):
    """The attempts to group a post that failed, and the error. After five attempts there is no further retry."""

    embedding = models.OneToOneField(PostEmbedding, models.CASCADE, primary_key=True, related_name="failure")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300)
    try_again_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="Empty: no further attempts")

    def __str__(self) -> str:
        return f"post {self.embedding_id}"  # what went wrong may quote the post
