"""Official alerts of hazards: read from GDACS, USGS and CAP feeds, kept apart from posts, and set beside them.

An alert is what an authority published. It supports or questions what posts say, but is never counted as a post or an author.

How alerts arrive:
1. `polling` asks the sources that are due, one worker at a time for each.
2. `gdacs`, `usgs` and `cap` turn an answer into drafts; what cannot be read is counted and told in words.
3. `storing` writes each draft once, and settles which alerts were replaced or cancelled.
4. `matching` finds the alerts of an event's area and time, and of an incident.
"""
