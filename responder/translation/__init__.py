"""Translation of posts by an engine that an administrator set up: LibreTranslate or Azure Translator.

How a post is translated:
1. A person asks for it (`requesting`), or a page does for people who chose so in their profile. A row waits then.
2. A worker takes waiting rows, the urgent ones first (`working`), and counts their characters against the limits
   (`quota`) before it sends anything.
3. The engine gets the masked text, never the stored one (`engines`). What it returns is masked again and stored in the row.
4. Pages show it beside the original (`queries.translations`), as long as it belongs to the text as it is now.

Nothing else reads a translation: no classification, search, filter, count, export or API. It is deleted with its post, and
when the post's text changes.
"""
