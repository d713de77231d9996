"""How often sources of official alerts are read. Apart from `polling`, which takes the HTTP client along."""

from datetime import timedelta

INTERVAL = timedelta(minutes=5)
