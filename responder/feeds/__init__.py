"""Where posts come from. A connector yields RawPosts (contract: `connectors.base`) and declares its kind of feed
(`connectors.kind`); `connectors.registry` lists the kinds."""
