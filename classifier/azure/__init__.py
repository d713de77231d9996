"""Azure ML behind the product: clients, training jobs, deployments. The SDK is imported inside functions only.

It takes seconds and 100 MB, so no process pays for it before it talks to Azure, and none needs it that never does.
"""
