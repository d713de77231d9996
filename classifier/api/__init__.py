"""The classifier's JSON views. Authorisation is configured by each view's `required_scopes`."""
