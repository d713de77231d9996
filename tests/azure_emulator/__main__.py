"""python -m tests.azure_emulator FOLDER: writes ca.pem and ready.json into FOLDER, serves until killed."""

import argparse
import json
import signal
import sys
from pathlib import Path

import trustme

from tests.azure_emulator import blobs, endpoints, jobs, login, proxy, registry, workspace  # noqa: F401  they add their routes
from tests.azure_emulator.state import CLIENT, SECRET, TENANT


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(options.folder / "ca.pem"))
    server = proxy.start(authority)
    address = f"http://127.0.0.1:{server.server_address[1]}"
    ca = str(options.folder / "ca.pem")
    environment = {
        "HTTPS_PROXY": address, "https_proxy": address, "NO_PROXY": "127.0.0.1,localhost", "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca,
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": SECRET,
    }  # fmt: skip
    ready = options.folder / ".ready.json"
    ready.write_text(json.dumps({"control": address, "environment": environment}))
    ready.rename(options.folder / "ready.json")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        server.serve_forever()
    finally:
        for process in list(jobs.RUNNING):
            process.kill()


if __name__ == "__main__":
    main()
