"""Posts that share a stated ID with a post with a different text."""

from django.db import models

from responder.models.post import Post


class SharedId(models.Model):
    """A post stored under a new ID, because another post has the one that its source states."""

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="shared_id")
    source = models.CharField(max_length=64)
    stated_id = models.CharField(max_length=255)

    class Meta:
        indexes = [models.Index(fields=["source", "stated_id"], name="shared_id_stated")]

    def __str__(self) -> str:
        return f"post {self.post_id}"  # the id at the source may name its author

    @classmethod
    def is_shared(cls, post: Post) -> bool:
        """Whether another post of its source has the same id and another text; one query."""
        return cls.objects.filter(
            models.Q(pk=post.pk) | models.Q(source=post.source, stated_id=post.source_id)
        ).exists()
