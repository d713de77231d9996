"""Production's settings pass Django's own check for deployment, with every warning an error."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAFE = {
    "RESPONDER_ENVIRONMENT": "production",
    "RESPONDER_SECRET_KEY": secrets.token_urlsafe(60),
    "RESPONDER_ALLOWED_HOSTS": "responder.example.org",
    "RESPONDER_HTTPS": "true",
    "DATABASE_URL": "postgres://user:words@127.0.0.1:9/none",  # never reached
    "REDIS_URL": "redis://127.0.0.1:9/0",
}


def test_check_deploy_is_silent(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_"))}
    ran = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT, env=kept | SAFE | {"RESPONDER_DATA_DIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "no issues (0 silenced)" in ran.stdout
