"""The first run of an installation: from a one-time link to an organisation that works, in five steps.

1. `links` issues the one-time link that `responder up` prints while nobody can administer the installation.
2. `administrator` lets its holder create the first administrator. The link works once.
3. `organisation` stores the organisation's name, language and time zone.
4. `steps` tells which of the five steps are done, from what is stored; there is no separate progress to get out of step.
"""
