"""The ledger of rumours: claims, the posts for and against them, and the verdict of a named person."""
