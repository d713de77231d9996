"""What stands between a request and its page: doors, limits, live streams, caches, and what every page's frame shows."""
