"""Partners of the API: organisations, their tokens, quotas and rates, and idempotent requests."""
