"""The ASGI application that uvicorn serves."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
django.setup(set_prefix=False)

from django.urls import reverse  # noqa: E402  needs Django set up

from classifier import memory, serving  # noqa: E402
from responder import database  # noqa: E402
from responder.web.handler import PooledHandler  # noqa: E402

memory.use_few_arenas()
serving.import_runtime()
reverse("map")  # imports every view: 0.5 s that the first request would wait
database.pool_connections()
application = PooledHandler()
serving.watch()
