"""From a stored post to a classified one: the pipeline, its stages, places, the canary, and what people labelled."""
