"""The partner API: who may call, how often, how errors look, and the addresses."""
