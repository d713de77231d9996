"""The processes of a running product: how `responder up` starts, watches and restarts them."""
