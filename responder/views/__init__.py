"""Pages: parse, permit, call one piece of work, answer."""
