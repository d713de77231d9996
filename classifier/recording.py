"""The lasting record of a prediction."""

from typing import Any

from classifier.models import Prediction


def prediction_row(
    prediction: dict[str, Any], subject: str, version_id: int, role: str = Prediction.Role.PRODUCTION
) -> Prediction:
    """A Prediction, unsaved.

    Arguments:
        prediction: the contract's JSON.
        subject: opaque reference to what was predicted about; the text is not kept here.
        version_id: of the model version that answered.
        role: whether it answered as production, as canary, or in shadow.
    """
    return Prediction(
        subject=subject,
        model_version_id=version_id,
        role=role,
        category=prediction["category"]["label"],
        probability=prediction["category"]["probability"],
        abstained=prediction["category"]["abstained"],
        probabilities=prediction["categories"],
        emergency_probability=prediction["emergency"]["probability"],
        priority=prediction["priority"]["label"],
        priority_score=prediction["priority"]["score"],
        needs=prediction["needs_detected"],
    )
