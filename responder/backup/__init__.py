"""Backup and restore of an installation in one file: database, models, media, keys, with counts and hashes.

databases   the database as one consistent file while the product runs, and back; a fingerprint of every table
archive     the file: database, files of the data directory, manifest
work        make and restore, as the commands call them

A backup holds personal data and the secret key: it is readable by its owner alone, and belongs where both may lie.
"""
