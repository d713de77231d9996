"""Settings of the test suite: the same as the product's, without processes outside the test."""

from responder.settings.base import *  # noqa: F403
from responder.settings.base import CACHES, ENVIRONMENT, STORAGES

if ENVIRONMENT.redis_url is None:
    CACHES = CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed only; never outside tests
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
AXES_ENABLED = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # nothing is collected for tests
