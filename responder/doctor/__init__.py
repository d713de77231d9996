"""`responder doctor`: checks what an installation needs, and says what to do where something is missing.

1. `findings` is what a check returns: ok, warning or failed, a sentence, and what to do.
2. `machine`, `services` and `work` hold the checks: of this machine, of what Responder connects to, of its own processes.
3. `running` runs them all, each within a limit of time, so that a server that does not answer holds up nothing.

No secret is printed: neither a setting's value nor an address with a password.
"""
