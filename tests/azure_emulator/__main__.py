"""python -m tests.azure_emulator FOLDER: writes ca.pem and ready.json into FOLDER, serves until killed."""

import argparse
import json
import signal
import sys
from pathlib import Path

import trustme

from tests.azure_emulator import blobs, endpoints, jobs, login, proxy, registry, schemas, workspace  # noqa: F401  they add their routes
from tests.azure_emulator.azurite import Azurite
from tests.azure_emulator.state import CLIENT, SECRET, TENANT, keep_blobs_in


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--azurite", type=Path, metavar="MAIN.JS", help="keep the blobs in Azurite, whose program this is"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    azurite = Azurite(options.azurite) if options.azurite else None  # an empty mapping is false
    try:
        if azurite is not None:
            keep_blobs_in(azurite.cleared)
        serve(options.folder)
    finally:
        for process in list(jobs.RUNNING):
            process.kill()
        if azurite is not None:
            azurite.stop()


def serve(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = proxy.start(authority)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    ca = str(folder / "ca.pem")
    environment = {
        "HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "127.0.0.1,localhost", "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca,
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET,
    }  # fmt: skip
    schemas.load()
    ready = folder / ".ready.json"
    ready.write_text(json.dumps({"control": address, "environment": environment}))
    ready.rename(folder / "ready.json")
    server.serve_forever()


if __name__ == "__main__":
    main()
