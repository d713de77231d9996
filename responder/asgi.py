"""The ASGI application that uvicorn serves."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")

application = get_asgi_application()

from classifier import serving  # noqa: E402  needs Django set up

serving.watch()
