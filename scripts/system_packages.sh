#!/bin/sh
# What the tests need beyond Python: a browser, PostgreSQL, Redis and gettext; with the argument `slow` also nginx and Prometheus.
# Installs what is missing where it may, else names what is missing and fails. Nothing is skipped.
set -eu
missing=
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="$missing chromium"
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
command -v xgettext >/dev/null 2>&1 || missing="$missing gettext"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
if [ "${1:-}" = slow ]; then
    command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
    command -v prometheus >/dev/null 2>&1 || missing="$missing prometheus"
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$missing …"
    # No service may start by itself: the tests start their own on free ports.
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod +x "$policy"; made=1; }
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq && apt-get install -y -qq $missing >/dev/null; then status=0; else status=1; fi
    [ -z "${made:-}" ] || rm -f "$policy"
    [ "$status" = 0 ] && exit 0
fi
echo "The tests need these packages, and they could not be installed:$missing" >&2
echo "Install them (Debian: apt-get install$missing) and run it again." >&2
exit 1
