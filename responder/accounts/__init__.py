"""People who sign in: their passwords, devices and roles, and the record of each change."""
