"""What can go wrong in the classifier.

ClassifierError
├── ArtefactError      a model folder is incomplete, changed or unsafe
├── GovernanceError    a release step that the rules refuse
│   └── NotAllowed     somebody may do it, but not this person
├── ModelUnavailable   no model can be loaded to answer
├── Overloaded         more texts wait for the model than it can answer soon
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


class ModelUnavailable(ClassifierError):
    """No model can be loaded to answer."""


class Overloaded(ClassifierError):
    """More texts wait for the model than it can answer soon; nothing was classified. Try again shortly."""


class TrainingError(ClassifierError):
    """Training cannot start or go on with this data or these arguments."""


class RunStopped(ClassifierError):
    """A person stopped a training run."""
