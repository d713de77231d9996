"""JSON Schemas from the model classes that ship inside the pinned SDK: what it sends and what it is given.

`additionalProperties` is false everywhere. Where the SDK itself deviates from its classes, ALLOWED says so, each with why.
"""

import datetime
import enum
import sys
import types
import typing
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

OPEN = {"SystemData"}  # its class is shared by several API versions, which add to it
ALLOWED: dict[tuple[str, str], dict[str, Any]] = {
    # (class, wire name): schema that replaces or adds a field
    ("RecurrenceTrigger", "frequency"): {"type": "string", "pattern": "^([Mm]inute|[Hh]our|[Dd]ay|[Ww]eek|[Mm]onth)$"},
    ("CodeVersionProperties", "properties"): {  # texts by the class; the SDK sends hash_version as a number
        "type": "object",
        "additionalProperties": {"type": ["string", "integer"]},
    },
    ("AzureBlobDatastore", "secrets"): {"type": "object"},  # write-only in the class, read by `datastores.get`
    ("ModelVersionProperties", "systemMetadata"): {"type": ["object", "null"]},  # the SDK adds it for registries
    ("ModelVersionProperties", "system_metadata"): {"type": ["object", "null"]},
}
# Shapes that have no class in this SDK: bodies that it builds or reads by hand.
BY_HAND: dict[str, dict[str, Any]] = {
    "TemporaryDataReferenceRequest": {
        "type": "object", "additionalProperties": False, "required": ["assetId", "temporaryDataReferenceType"],
        "properties": {"assetId": {"type": "string", "pattern": "^azureml://registries/"},
                       "temporaryDataReferenceType": {"const": "TemporaryBlobReference"}},
    },
    "BlobReferenceSasRequest": {
        "type": "object", "additionalProperties": False, "required": ["assetId", "blobUri"],
        "properties": {"assetId": {"type": "string", "pattern": "^azureml://registries/"}, "blobUri": {"type": "string"}},
    },
    "BlobReference": {
        "type": "object", "additionalProperties": False, "required": ["blobReferenceForConsumption"],
        "properties": {"blobReferenceForConsumption": {
            "type": "object", "additionalProperties": False, "required": ["blobUri", "credential"],
            "properties": {"blobUri": {"type": "string"}, "storageAccountArmId": {"type": "string"}, "credential": {
                "type": "object", "additionalProperties": False, "required": ["credentialType", "sasUri"],
                "properties": {"credentialType": {"const": "SAS"}, "sasUri": {"type": "string"}}}}}},
    },
    "ImportRequest": {
        "type": "object", "additionalProperties": False, "required": ["properties"], "properties": {"properties": {
            "type": "object", "additionalProperties": False, "required": ["referenceType", "sourceAssetId"],
            "properties": {
                "referenceType": {"const": "Id"},
                "sourceAssetId": {"type": "string", "pattern": "^azureml://locations/[^/]+/workspaces/[^/]+/models/"},
                "destinationName": {"type": "string"}, "destinationVersion": {"type": "string"}}}},
    },
    "RegistryDiscovery": {
        "type": "object", "additionalProperties": False,
        "required": ["registryName", "primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup"],
        "properties": {name: {"type": "string"} for name in (
            "registryName", "primaryRegionResourceProviderUri", "subscriptionId", "resourceGroup", "location")},
    },
}  # fmt: skip


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one class by its name; `list:Name` is a page of them."""
    definitions: dict[str, Any] = {}
    if name in BY_HAND:
        return Draft202012Validator(BY_HAND[name])
    if name.startswith("list:"):
        item = _reference(_class(name[5:]), definitions)
        page = {"value": {"type": "array", "items": item}, "nextLink": {"type": ["string", "null"]}}
        schema = {"type": "object", "additionalProperties": False, "required": ["value"], "properties": page}
    else:
        schema = _reference(_class(name), definitions)
    return Draft202012Validator(schema | {"$defs": definitions})


def problems(name: str, content: Any) -> list[str]:
    """What is wrong with `content` as a `name`; empty when nothing is."""
    found = sorted(validator(name).iter_errors(content), key=lambda error: list(map(str, error.absolute_path)))
    return [f"{name}{''.join(f'.{part}' for part in e.absolute_path)}: {e.message[:300]}" for e in found]


def load() -> None:
    """Import the classes now: it takes seconds, on a busy machine more than the minute that a client waits for its first answer."""
    _models()


def _models() -> types.ModuleType:
    from azure.ai.ml._restclient.arm_ml_service import models

    return models


def _class(name: str) -> type:
    """`history:Name` is one of the run history's classes, else it is one of the control plane's."""
    if name.startswith("history:"):
        from azure.ai.ml._restclient.runhistory import models

        return getattr(models, name.removeprefix("history:"))  # type: ignore[no-any-return]
    return getattr(_models(), name)  # type: ignore[no-any-return]


def _reference(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    if cls.__name__ not in definitions:
        definitions[cls.__name__] = {}
        definitions[cls.__name__] = _object(cls, definitions)
    return {"$ref": f"#/$defs/{cls.__name__}"}


def _object(cls: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    cls({})  # the class computes its fields when it is first used
    private = sys.modules[cls.__module__]
    public = sys.modules[cls.__module__.rpartition(".")[0]]
    hints = typing.get_type_hints(cls, {**vars(public), **vars(private), "_models": public})
    kinds = getattr(cls, "__mapping__", {})
    fields = cls._attr_to_rest_field
    mark = next((field._rest_name for field in fields.values() if field._is_discriminator), None)
    if kinds and mark and not any(isinstance(base, type) and base is cls for base in kinds.values()):
        return {
            "oneOf": [_kind(kind, mark, value, definitions) for value, kind in kinds.items() if isinstance(value, str)]
        }
    properties, required = {}, []
    for name, field in fields.items():
        hint = hints.get(name, Any)
        properties[field._rest_name] = _type(hint, definitions)
        if type(None) not in typing.get_args(hint) and field._visibility != ["read"] and hint is not Any:
            required.append(field._rest_name)
    for (owner, wire), schema in ALLOWED.items():
        if owner in {base.__name__ for base in cls.__mro__}:
            properties[wire] = schema
    return {
        "type": "object", "properties": properties, "required": required,
        "additionalProperties": cls.__name__ in OPEN,
    }  # fmt: skip


def _kind(kind: type, mark: str, value: str, definitions: dict[str, Any]) -> dict[str, Any]:
    value = getattr(value, "value", value)
    return {"allOf": [_reference(kind, definitions), {"properties": {mark: {"const": value}}, "required": [mark]}]}


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911  one line a kind
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Union or origin is types.UnionType:
        enums = [part for part in arguments if isinstance(part, type) and issubclass(part, enum.Enum)]
        if enums:  # Union[str, Enum]: only the known words
            words = [member.value for member in enums[0]]
            return {"enum": words + ([None] if type(None) in arguments else [])}
        return {"anyOf": [_type(part, definitions) for part in arguments]}
    if origin is typing.Literal:
        return {"enum": [getattr(part, "value", part) for part in arguments]}
    if origin is list:
        return {"type": "array", "items": _type(arguments[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1], definitions)}
    if isinstance(hint, type) and hasattr(hint, "_get_rest_field"):
        return _reference(hint, definitions)
    return _plain(hint)


def _plain(hint: Any) -> dict[str, Any]:
    if hint is type(None):
        return {"type": "null"}
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string")):
        if hint is kind:
            return {"type": name}
    if hint in (datetime.datetime, datetime.date, datetime.timedelta, bytes):
        return {"type": "string"}
    return {}
