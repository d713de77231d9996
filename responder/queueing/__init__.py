"""The queue of one-off jobs: long jobs, their leases, and the cluster that runs them."""
