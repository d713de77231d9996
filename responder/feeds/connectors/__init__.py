"""One module for each kind of feed: how to sign in, what to ask for, and what a post looks like there."""
