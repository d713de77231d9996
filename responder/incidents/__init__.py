"""Incidents: grouping by rule (`grouping`), and what people do with them.

membership   which posts belong to one: create, attach, detach, accept, decline, mute
handling     edit, verify, note, publish
responding   the steps of the response: confirm, assign, set off, turn back, resolve, reopen
suggesting   suggested incidents: open, dismiss
facts        what posts state: confirm, withdraw
rechecking   when it was last confirmed, and that it is still so
merging      merge, split, and a look before
undoing      taking any of these back
following    follow, unfollow, snooze
"""
