"""Posts whose id at the source another post with another text has too."""

from django.db import models

from responder.models.post import Post


class SharedId(models.Model):
    """A post kept under an id of its own, since the one that its source states was taken."""

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
