"""The partner API: authentication, rate limits, error format and URLs."""

from responder import optional_imports

# Django REST framework imports all that it finds of these, for its browsable API, its test client and PostgreSQL's
# fields, none of which we use: 0.1 s and 15 MB a process.
with optional_imports.hidden("django.contrib.postgres", "docutils", "markdown", "pygments", "requests"):
    import rest_framework.test
    import rest_framework.views  # noqa: F401
