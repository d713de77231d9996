"""Events: people create, change, close, archive and reopen them, and draw the areas of teams.

The life of an event:
1. `create` makes it. It is in the event switcher at once, and takes posts.
2. `change` changes it. Its reference stays: links and exported files hold it.
3. `close` pauses its feeds and refuses further posts. Everything stays readable.
4. `archive` also removes it from the event switcher. `reopen` reverses both; feeds stay paused until somebody starts them.
"""

from responder.events.closing import archive, close, reopen
from responder.events.managing import change, create, find

__all__ = ["archive", "change", "close", "create", "find", "reopen"]
