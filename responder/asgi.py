"""The ASGI application that uvicorn serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
django.setup(set_prefix=False)

from classifier import serving  # noqa: E402  needs Django set up
from responder.handler import PooledHandler  # noqa: E402

application = PooledHandler()
serving.watch()
