"""Synchronisation of Azure with this installation, and the state to show while Azure can't be reached.

The site never needs Azure to answer: the models that may serve are in the data directory. After an outage, the next
successful check brings Azure up to date: new versions, the alias `production`, the endpoint's traffic.
"""

from dataclasses import asdict
from typing import Any

from django.conf import settings

from classifier import clock, registry
from classifier.azure import client, deployments, training
from classifier.errors import GovernanceError
from classifier.models import AzureState, ModelVersion
from classifier.registry import NotFound, Registry, RegistryError, transfer

BY = "system:azure"
ALIAS = "production"
KEPT_HERE = (ModelVersion.State.QUARANTINED, ModelVersion.State.AUTO_REJECTED, ModelVersion.State.REJECTED)


def is_used() -> bool:
    """Whether the settings name anything in Azure to synchronise."""
    return settings.MODEL_REGISTRY == "azureml" or bool(settings.AZURE_ENDPOINT) or settings.TRAINING_PLACE == "azure"


def refresh() -> AzureState | None:
    """Check Azure, bring it up to date and store the state in the row. None if Azure is not used."""
    if not is_used():
        return None
    state = AzureState.objects.first() or AzureState()
    state.checked_at = clock.now()
    try:
        if settings.MODEL_REGISTRY == "azureml":
            _catch_up(registry.open_registry(), state)
        if settings.AZURE_ENDPOINT:
            _follow(state)
        training.clear_left()
        state.away_since, state.error = None, ""
    except (RegistryError, GovernanceError) as error:
        state.away_since, state.error = state.away_since or clock.now(), str(error)[:500]
    state.save()
    return state


def _catch_up(store: Registry, state: AzureState) -> None:
    """Push the versions that Azure doesn't have, oldest first, and point the alias at the version in production."""
    rows = list(ModelVersion.objects.exclude(state__in=KEPT_HERE).order_by("id"))
    state.waiting = [str(row) for row in rows]
    for row in rows:
        transfer.push(store, row, by=BY)
        state.waiting = state.waiting[1:]
    live = next((row for row in rows if row.state == ModelVersion.State.PRODUCTION), None)
    if live and _named(store, live.name) != live.version:
        store.set_alias(live.name, ALIAS, live.version)


def _named(store: Registry, name: str) -> str:
    try:
        return store.get_alias(name, ALIAS).version
    except NotFound:
        return ""


def _follow(state: AzureState) -> None:
    endpoint = deployments.Endpoint(client.place(), settings.AZURE_ENDPOINT)
    known: list[Any] = endpoint.colours()
    if known:  # nothing is deployed automatically, because it costs money
        endpoint.follow(by=BY)
        known = endpoint.colours()
    state.colours = [asdict(colour) for colour in known]
