"""A stand-in for Azure, for tests and the demonstration only: a process of its own that speaks real TLS.

The SDK reaches it through HTTPS_PROXY, under Azure's own host names, with a throwaway CA: nothing in the product knows
of it, and no call can leave the machine, because a host that the stand-in does not play is refused.

proxy.py    CONNECT → TLS → HTTP; every call is logged; unknown routes answer 501
schemas.py  JSON Schemas derived from the SDK's own model classes; every request and response is validated
state.py    what it knows: assets, jobs, endpoints, blobs, tokens, faults
blobs.py    the part of the Blob REST interface that the SDK uses
login.py, workspace.py, registry.py, jobs.py, endpoints.py   the routes
demo.py     `make azure-demo`
process.py  for the tests: start it, ask for its log, give it faults
"""
