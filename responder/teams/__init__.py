"""Teams of an event, which incidents are assigned to.

managing   create, change, say whether a team is free, no longer use it
forms      what people enter
listing    the teams as the page of the event lists them
"""
