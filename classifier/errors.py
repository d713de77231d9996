"""The classifier's errors.

ClassifierError
├── ArtefactError      a model folder is incomplete, changed or unsafe
├── GovernanceError    a release step breaks the rules
│   └── NotAllowed     this person lacks the permission
├── LabelError         a label was rejected
│   ├── TaskGone       the text is not in the labelling queue
│   └── TaskTaken      somebody else is labelling the text, or it was answered
├── ModelUnavailable   no model can be loaded
├── Overloaded         too many texts are waiting for the model
│   └── TooManyRequests  too many requests are using the model or waiting for it
├── RegistryError      see classifier/registry/errors.py
├── RunStopped         a person stopped a training run
├── TorchMissing       integrated gradients need torch, which is not installed
└── TrainingError      training can't start or continue with this data or these arguments
"""


class ClassifierError(Exception):
    """Base of the classifier's errors; the message says what to do."""


class ArtefactError(ClassifierError):
    """A model folder is incomplete, changed or unsafe. It is never served."""


class GovernanceError(ClassifierError):
    """A release step that the rules don't allow at the moment. Nothing was changed."""


class NotAllowed(GovernanceError):
    """This person lacks the permission."""


class LabelError(ClassifierError):
    """The label was rejected. Nothing was recorded."""


class TaskGone(LabelError):
    """The text is not in the labelling queue."""


class TaskTaken(LabelError):
    """Someone else is labelling this text, or it was already answered."""


class ModelUnavailable(ClassifierError):
    """No model can be loaded."""


class Overloaded(ClassifierError):
    """Too many texts are waiting for the model. Nothing was classified; try again shortly."""


class TooManyRequests(Overloaded):
    """Too many requests are using the model or waiting for it; the message is for the caller.

    Arguments:
        retry_after_s: seconds after which to retry.
    """

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TrainingError(ClassifierError):
    """Training can't start or continue with this data or these arguments."""


class RunStopped(ClassifierError):
    """A person stopped a training run."""


class TorchMissing(ClassifierError):
    """Integrated gradients were requested, but torch is not installed."""
