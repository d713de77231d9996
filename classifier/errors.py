"""What can go wrong in the classifier.

ClassifierError
├── ArtefactError      a model folder is incomplete, changed or unsafe
├── GovernanceError    a release step that the rules refuse
│   └── NotAllowed     somebody may do it, but not this person
├── LabelError         an answer that labelling refuses
│   ├── TaskGone       there is no such text to label
│   └── TaskTaken      somebody else is at it, or it was answered
├── ModelUnavailable   no model can be loaded to answer
├── Overloaded         more texts wait for the model than it can answer soon
│   └── TooManyRequests  more requests use the model, or wait for it, than one process takes
├── RegistryError      see classifier/registry/errors.py
├── RunStopped         a person stopped a training run
└── TrainingError      training cannot start or go on with this data or these arguments
"""


class ClassifierError(Exception):
    """Anything that the classifier refuses or fails at; the message says what to do."""


class ArtefactError(ClassifierError):
    """A model folder is incomplete, changed or unsafe. It is never served."""


class GovernanceError(ClassifierError):
    """A step of a release that the rules refuse as things stand; nothing was changed."""


class NotAllowed(GovernanceError):
    """Somebody may do this, but not this person."""


class LabelError(ClassifierError):
    """An answer that labelling refuses; nothing was recorded."""


class TaskGone(LabelError):
    """There is no such text to label."""


class TaskTaken(LabelError):
    """Somebody else is at this text, or it was answered already."""


class ModelUnavailable(ClassifierError):
    """No model can be loaded to answer."""


class Overloaded(ClassifierError):
    """More texts wait for the model than it can answer soon; nothing was classified. Try again shortly."""


class TooManyRequests(Overloaded):
    """More requests use the model, or wait for it, than one process takes; the message is for the caller.

    Arguments:
        retry_after_s: when to try again.
    """

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TrainingError(ClassifierError):
    """Training cannot start or go on with this data or these arguments."""


class RunStopped(ClassifierError):
    """A person stopped a training run."""
