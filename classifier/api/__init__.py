"""The classifier's JSON views. Who may call is settled outside, by each view's `required_scopes`."""
