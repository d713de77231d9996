"""Statistics of drift and accuracy: plain functions of arrays and texts, without Django or a database.

Every monitor is fitted on a reference and measures windows: `Monitor.fit(reference).measure(window)`.
scikit-learn and scipy are imported inside functions: they belong to the training extra.
"""
