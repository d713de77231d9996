"""The queue of one-off work: jobs that run long, leases on them, and the cluster of processes that runs them."""
