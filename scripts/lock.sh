#!/bin/sh
# Rewrites the hashed lock files, one per supported Python and kind. Usage: scripts/lock.sh
# torch is left out of them: its own step installs a CPU build, so that no lock pulls CUDA packages.
set -eu
cd "$(dirname "$0")/.."
wheels=${PIP_FIND_LINKS:-$(.venv/bin/python -m pip config get global.find-links 2>/dev/null || true)}
for python in 3.11 3.12 3.13; do
    version=py$(echo "$python" | tr -d .)
    compile() {
        .venv/bin/uv pip compile pyproject.toml "$@" --quiet --generate-hashes --no-emit-package torch \
            --override requirements/cuda-never.txt --python-version "$python" --no-header \
            ${wheels:+--find-links "$wheels"} >/dev/null
    }
    # The wider one first: what it agrees on, the narrower one takes over.
    compile --extra training --extra dev --extra build --extra azure --extra otel --extra docs --output-file "requirements/$version-dev.txt"
    compile --extra training --extra build --output-file "requirements/$version-run.txt" \
        --constraint "requirements/$version-dev.txt"
    # What web, queue, beat and feeds need in a container: neither torch nor scikit-learn.
    compile --output-file "requirements/$version-serve.txt" --constraint "requirements/$version-dev.txt"
done
