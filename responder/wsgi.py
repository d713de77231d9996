"""The WSGI application, for servers without ASGI; live pages then poll."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")

application = get_wsgi_application()

from django.urls import reverse  # noqa: E402  needs Django set up

from classifier import serving  # noqa: E402
from responder import database  # noqa: E402

serving.import_runtime()
reverse("map")  # imports every view: 0.5 s that the first request would wait
database.pool_connections()
