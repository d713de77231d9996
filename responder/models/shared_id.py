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
