"""Django settings, derived from the environment by one typed schema (`schema.py`)."""

from responder.settings.base import *  # noqa: F403
