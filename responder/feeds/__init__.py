"""Where posts come from. Each source yields RawPosts; see `base`."""
