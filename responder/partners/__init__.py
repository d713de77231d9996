"""Partners of the API: organisations, their tokens, quotas and rates, and repeats made harmless."""
