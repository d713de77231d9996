#!/bin/sh
# Makes .venv and installs one lock file into it. Usage: scripts/setup.sh run|dev
# Does nothing when the lock has not changed since the last time.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}
python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3.11 python3.12 python3.13 python3; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
            python=$candidate
            break
        fi
    done
fi
[ -n "$python" ] || { echo "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one, or set PYTHON." >&2; exit 1; }

version=$("$python" -c 'import sys; print("py%d%d" % sys.version_info[:2])')
lock=requirements/$version-$kind.txt
stamp=.venv/.installed-$kind
key=$(cat "$lock" pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$key" ]; then
    .venv/bin/python hatch_build.py  # translations that have changed
    exit 0
fi

echo "Installing ($lock); the first time takes a few minutes …"
if [ ! -x .venv/bin/python ]; then
    "$python" -m venv .venv 2>/dev/null || {
        # Debian splits ensurepip off: without it, pip comes from virtualenv or from the system's package.
        rm -rf .venv
        "$python" -m virtualenv -q .venv 2>/dev/null ||
            { echo "The module venv is missing: install it (Debian: apt-get install python3-venv) and try again." >&2; exit 1; }
    }
fi
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check uv

# torch first, as a CPU build: from the wheel folder that pip is configured with, else from the CPU index.
wheels=${PIP_FIND_LINKS:-$(.venv/bin/python -m pip config get global.find-links 2>/dev/null || true)}
torch=$(cat requirements/torch.txt)
if ! .venv/bin/python -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').split('+')[0] != '${torch#torch==}')" 2>/dev/null; then
    if [ -n "$wheels" ] && ls "$wheels"/torch-*+cpu*.whl >/dev/null 2>&1; then
        .venv/bin/uv pip install --quiet --no-deps --find-links "$wheels" "$torch"
    else
        .venv/bin/uv pip install --quiet --no-deps --torch-backend cpu "$torch" ||
            { echo "No CPU build of $torch could be fetched. Put its wheel in a folder and set PIP_FIND_LINKS to it." >&2; exit 1; }
    fi
fi
.venv/bin/uv pip install --quiet --no-deps --require-hashes -r "$lock"
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
# Byte code of what every process of the product imports, so that the first start is as quick as the next ones.
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
(cd "$packages" && "$OLDPWD/.venv/bin/python" -m compileall -q -j 0 django dash plotly _plotly_utils celery kombu flask \
    werkzeug rest_framework drf_spectacular django_plotly_dash django_q structlog rich pydantic pydantic_settings numpy \
    narwhals uvicorn redis psycopg jinja2 >/dev/null 2>&1) || true
.venv/bin/python -m compileall -q -j 0 responder classifier monitoring >/dev/null 2>&1 || true
rm -f .venv/.installed-*
echo "$key" > "$stamp"
# The development lock holds everything that the other one does.
if [ "$kind" = dev ]; then cat "requirements/$version-run.txt" pyproject.toml | cksum > .venv/.installed-run; fi
