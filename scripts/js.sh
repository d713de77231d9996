#!/bin/sh
# Checks the scripts under static/js with Node: lint and format (Biome), types (TypeScript), units (tests/js).
# Development only; the product and its other tests need no Node.
set -eu
cd "$(dirname "$0")/.."
for tool in node npm; do
    command -v "$tool" >/dev/null 2>&1 || missing="${missing:-} $tool"
done
if [ -n "${missing:-}" ]; then
    echo "make js needs Node 20 or newer; missing:$missing. Install Node (Debian: apt-get install nodejs npm) and run it again." >&2
    exit 1
fi
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || {
    echo "make js needs Node 20 or newer; this is $(node --version)." >&2
    exit 1
}
stamp=node_modules/.installed
key=$(cat package.json package-lock.json | cksum)
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$key" ]; then
    npm ci --no-audit --no-fund --silent
    echo "$key" > "$stamp"
fi
npm run --silent check
