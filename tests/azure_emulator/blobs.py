"""The part of the Blob REST interface that the SDK uses: put, blocks, get with ranges, properties, metadata, list, delete."""

import base64
import hashlib
import re
from email.utils import formatdate
from xml.etree import ElementTree

from tests.azure_emulator.azurite import Azurite
from tests.azure_emulator.login import require
from tests.azure_emulator.proxy import Answer, Call, route
from tests.azure_emulator.state import state

HOST = r"[a-z0-9]+\.blob\.core\.windows\.net"
STORAGE = "https://storage.azure.com"


def _refuse(status: int, code: str, call: Call) -> Answer:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}</Message></Error>'
    headers = {"x-ms-error-code": code, "Content-Type": "application/xml"}
    return Answer(status, raw=b"" if call.method == "HEAD" else body.encode(), headers=headers)


def _allowed(call: Call) -> bool:
    if call.headers.get("authorization"):
        require(call, STORAGE)
        return True
    return call.query.get("sig") in state().signatures


def _key(call: Call) -> tuple[str, str, str]:
    return call.host.split(".")[0], call.match["container"], call.match["blob"]


def _headers(content: bytes, metadata: dict[str, str]) -> dict[str, str]:
    digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return {
        "ETag": f'"{digest[:16]}"', "Last-Modified": formatdate(usegmt=True), "x-ms-blob-type": "BlockBlob",
        "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "x-ms-version": "2024-11-04",
        "x-ms-creation-time": formatdate(usegmt=True), "x-ms-server-encrypted": "true",
    } | {f"x-ms-meta-{key}": value for key, value in metadata.items()}  # fmt: skip


def _metadata(call: Call) -> dict[str, str]:
    return {key[10:]: value for key, value in call.headers.items() if key.startswith("x-ms-meta-")}


def _serve(call: Call) -> Answer:
    if not _allowed(call):
        return _refuse(403, "AuthenticationFailed", call)
    if isinstance(store := state().blobs, Azurite):
        return store.pass_on(call, call.host.split(".")[0], call.match["container"])
    action = {"PUT": _put, "GET": _get, "HEAD": _head, "DELETE": _delete}[call.method]
    return action(call)


def _put(call: Call) -> Answer:
    key, kind = _key(call), call.query.get("comp")
    if kind == "block":
        state().blocks[(*key, call.query["blockid"])] = call.body
        return Answer(201, headers={"x-ms-version": "2024-11-04", "x-ms-request-server-encrypted": "true"})
    if kind == "metadata":
        if key not in state().blobs:
            return _refuse(404, "BlobNotFound", call)
        state().blobs[key] = state().blobs[key][0], _metadata(call)
        return Answer(200, headers=_headers(*state().blobs[key]))
    if call.headers.get("if-none-match") == "*" and key in state().blobs:
        return _refuse(409, "BlobAlreadyExists", call)
    content = call.body
    if kind == "blocklist":
        names = [node.text or "" for node in ElementTree.fromstring(call.body)]
        content = b"".join(state().blocks.pop((*key, name)) for name in names)
    state().blobs[key] = content, _metadata(call)
    return Answer(201, headers=_headers(*state().blobs[key]))


def _get(call: Call) -> Answer:
    if _key(call) not in state().blobs:
        return _refuse(404, "BlobNotFound", call)
    content, metadata = state().blobs[_key(call)]
    wanted = call.headers.get("x-ms-range") or call.headers.get("range")
    headers = _headers(content, metadata)
    if not wanted or not content:
        if wanted:
            return _refuse(416, "InvalidRange", call)
        return Answer(200, raw=content, headers=headers)
    first, last = re.fullmatch(r"bytes=(\d+)-(\d*)", wanted).groups()  # type: ignore[union-attr]
    if int(first) >= len(content):
        return _refuse(416, "InvalidRange", call)
    start, end = int(first), min(int(last or len(content)), len(content) - 1)
    headers |= {"Content-Range": f"bytes {start}-{end}/{len(content)}"}
    return Answer(206, raw=content[start : end + 1], headers=headers)


def _head(call: Call) -> Answer:
    if _key(call) not in state().blobs:
        return _refuse(404, "BlobNotFound", call)
    content, metadata = state().blobs[_key(call)]
    return Answer(200, raw=b"", headers=_headers(content, metadata) | {"Content-Length": str(len(content))})


def _delete(call: Call) -> Answer:
    return Answer(202) if state().blobs.pop(_key(call), None) else _refuse(404, "BlobNotFound", call)


for method in ("PUT", "GET", "HEAD", "DELETE"):

    @route(method, HOST, "/{container}/{rest}")
    def blob(call: Call) -> Answer:
        call.match["blob"] = call.match.pop("rest")
        return _serve(call)


@route("GET", HOST, "/{container}")
def listing(call: Call) -> Answer:
    if call.query.get("restype") != "container":
        return _refuse(400, "InvalidQueryParameterValue", call)
    if not _allowed(call):
        return _refuse(403, "AuthenticationFailed", call)
    if isinstance(store := state().blobs, Azurite):
        return store.pass_on(call, call.host.split(".")[0], call.match["container"])
    if call.query.get("comp") != "list":
        return Answer(200, raw=b"", headers={"ETag": '"0"', "Last-Modified": formatdate(usegmt=True)})
    account, prefix = call.host.split(".")[0], call.query.get("prefix", "")
    root = ElementTree.Element("EnumerationResults", ContainerName=call.match["container"])
    found = ElementTree.SubElement(root, "Blobs")
    for (owner, container, name), (content, metadata) in sorted(state().blobs.items()):
        if (owner, container) == (account, call.match["container"]) and name.startswith(prefix):
            _listed(found, name, content, metadata)
    ElementTree.SubElement(root, "NextMarker")
    raw = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Answer(200, raw=raw, headers={"Content-Type": "application/xml"})


def _listed(found: ElementTree.Element, name: str, content: bytes, metadata: dict[str, str]) -> None:
    node = ElementTree.SubElement(found, "Blob")
    ElementTree.SubElement(node, "Name").text = name
    facts = ElementTree.SubElement(node, "Properties")
    for key, text in {
        "Last-Modified": formatdate(usegmt=True), "Etag": "0", "Content-Length": str(len(content)),
        "Content-Type": "application/octet-stream", "BlobType": "BlockBlob",
    }.items():  # fmt: skip
        ElementTree.SubElement(facts, key).text = text
    extra = ElementTree.SubElement(node, "Metadata")
    for key, text in metadata.items():
        ElementTree.SubElement(extra, key).text = text
