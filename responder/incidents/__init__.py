"""Incidents: grouping by rule (`grouping`), and what people do with them.

membership   which posts belong to one: create, attach, detach, accept, decline, mute
handling     acknowledge, assign, edit, verify, note, resolve, reopen, publish
merging      merge, split, and a look before
undoing      taking any of these back
following    follow, unfollow, snooze
"""
