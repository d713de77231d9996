#!/usr/bin/env python
"""Runs the same commands as the `responder` console script."""

from responder.cli import main

if __name__ == "__main__":
    main()
