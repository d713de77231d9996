"""The WSGI application, for servers without ASGI; live pages then poll."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")

application = get_wsgi_application()

from responder import database  # noqa: E402  needs Django set up

database.pool_connections()
