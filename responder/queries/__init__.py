"""The reads that pages, API and exports share: one filter, one order, one way to present a post."""
