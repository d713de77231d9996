"""Which deployment served at what time, and its approval."""

from datetime import datetime

from django.db.models import QuerySet

from classifier.models import Deployment, ModelVersion, Prediction
from classifier.releases.states import State


def previous_production(current: ModelVersion | None) -> Deployment | None:
    """The last production deployment of another version that may still serve."""
    return (
        Deployment.objects.filter(role=Deployment.Role.PRODUCTION, version__state=State.SUPERSEDED)
        .exclude(version=current)
        .select_related("version", "request")
        .order_by("-started_at", "-id")
        .first()
    )


def serving_at(moment: datetime) -> Deployment | None:
    """The production deployment at a given time, with its approval."""
    rows: QuerySet[Deployment] = Deployment.objects.filter(role=Deployment.Role.PRODUCTION, started_at__lte=moment)
    return rows.exclude(ended_at__lte=moment).select_related("version", "request").order_by("-started_at").first()


def deployment_of(prediction: Prediction) -> Deployment | None:
    """The deployment under which a version made a prediction, with its approval."""
    rows = Deployment.objects.filter(
        version=prediction.model_version_id, role=prediction.role, started_at__lte=prediction.created_at
    )
    return rows.select_related("version", "request").order_by("-started_at", "-id").first()
