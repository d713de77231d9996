"""A place of a post: named or stated in its text, or given by its source; the one that puts it on the map is `chosen`."""

from django.db import models

from responder.models.bounded import MOST_KM, BoundedFloatField


class Place(models.Model):
    SOURCE, SOURCE_AREA = "position given by the source", "area given by the source"  # values of `reason`
    STATED = "place stated in the report"  # likewise: by whoever reports a need

    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="places")
    text = models.CharField(max_length=200)
    start = models.PositiveIntegerField(help_text="Unicode code points from the start of the text")
    end = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=40, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    latitude = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    longitude = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    radius_km = BoundedFloatField(least=0, most=MOST_KM, null=True, blank=True)
    score = models.FloatField(default=0)
    chosen = models.BooleanField(default=False)
    reason = models.CharField(
        max_length=60,
        blank=True,
        db_default="",
        default="",
        help_text="Why the position is exact; empty for a name in the text",
    )

    class Meta:
        ordering = ["post", "start"]
        constraints = [
            models.UniqueConstraint(fields=["post", "start", "end"], name="place_once_per_span"),
        ]

    def __str__(self) -> str:
        return self.name or f"characters {self.start} to {self.end} of post {self.post_id}"  # its text is not masked

    @property
    def resolved(self) -> bool:
        return self.latitude is not None
