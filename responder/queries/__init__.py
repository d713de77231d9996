"""The reads that pages, API and exports share: one filter, one truth."""
