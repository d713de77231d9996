"""nginx with the configuration that the repository ships, in front of a process of the product: TLS by an authority of the test's own."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme

from tests.services import _until, free_port

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "deploy" / "proxy" / "nginx.conf"


@contextmanager
def running_nginx(folder: Path, *, host: str, upstream: int, port: int = 0) -> Iterator[tuple[int, Path]]:
    """nginx before a process on the port `upstream`; yields its HTTPS port and the file of its authority's certificate.

    Only the host name, ports and paths of the shipped configuration are replaced.
    """
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    assert Path(binary).exists(), "nginx is missing: run scripts/system_packages.sh slow"
    port, plain = port or free_port(), free_port()
    authority = trustme.CA()
    certificate = authority.issue_cert(host)
    chain, key, root = folder / "chain.pem", folder / "key.pem", folder / "authority.pem"
    certificate.private_key_pem.write_to_path(str(key))
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    authority.cert_pem.write_to_path(str(root))
    site = SHIPPED.read_text()
    for shipped, here in {
        "/etc/ssl/responder/fullchain.pem": str(chain), "/etc/ssl/responder/privkey.pem": str(key),
        "responder.example.org": host, "http://127.0.0.1:8000": f"http://127.0.0.1:{upstream}",
        "listen 443 ": f"listen 127.0.0.1:{port} ", "listen 80;": f"listen 127.0.0.1:{plain};",
    }.items():  # fmt: skip
        assert shipped in site, shipped
        site = site.replace(shipped, here)
    site = re.sub(r"^ *listen \[::\].*\n", "", site, flags=re.M)
    (folder / "site.conf").write_text(site)
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
        f"include /etc/nginx/mime.types; include {folder}/site.conf; }}\n"
    )
    server = subprocess.Popen([binary, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        _until((folder / "nginx.pid").exists)
        yield port, root
    finally:
        server.terminate()
        server.wait(10)
