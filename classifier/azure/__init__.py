"""Azure ML integration: clients, training jobs, deployments. The SDK is imported inside functions only.

Importing it takes seconds and 100 MB, so only processes that talk to Azure import it, and only when they do.
"""
