#!/usr/bin/env bash
# Sets up everything and runs every test, the fast ones first. On a fresh Debian machine run it as
# root: it installs what it needs with apt-get, and the rest with pip into .venv.
# --long: races, chaos, networks, clocks, months and lists in full, for a night. Other arguments go
# to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --long ]; then
  export PORTAL_TESTS_LONG=1
  shift
fi

packages=()
command -v chromium >/dev/null || packages+=(chromium)
[ -d /usr/share/fonts/opentype/noto ] || packages+=(fonts-noto-cjk)
compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || packages+=(libatomic1)  # Playwright's driver
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || packages+=(postgresql)
{ command -v mariadbd || [ -x /usr/sbin/mariadbd ]; } >/dev/null || packages+=(mariadb-server)
{ command -v nginx || [ -x /usr/sbin/nginx ]; } >/dev/null || packages+=(nginx)
if [ "${#packages[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "tests/run.sh needs: apt-get install ${packages[*]}" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  # The tests start instances of their own: no service of the packages is started.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
  [ -z "$(trap -p EXIT)" ] || { rm -f "$policy"; trap - EXIT; }
fi

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check -r tests/requirements.txt

.venv/bin/ruff check portal tests wsgi.py
# Each phase and each process that a test starts reads what was compiled once.
export PYTHONDONTWRITEBYTECODE=
run() { .venv/bin/python -m pytest -m "$@"; }
again() {
  echo "tests/run.sh: once more, what failed of: $1"
  run "$@" --last-failed --last-failed-no-failures none
}
# Races that must show, browsers, seconds and measurements depend on a shared machine's mood: what
# failed is tried once more, aloud.
run_twice() { run "$@" || again "$@"; }
# What was seen to be wrong gets no second chance; what only did not come in time (status 7) gets
# one, aloud: read its first failure all the same, since a lost card looks like a late one.
run_unharmed() {
  local status=0
  run "$@" || status=$?
  [ "$status" != 7 ] || { status=0 && again "$@" || status=$?; }
  return "$status"
}

# Collecting ten thousand tests takes longer than some phases; with arguments, they say where.
given=$#
in_() { [ "$given" != 0 ] || printf 'tests/%s ' "$@"; }

# Each phase keeps both cores busy. Measurements come last and alone.
run "not (browser or faults or sabotage or load)" -n 3 --dist loadscope "$@"

# The fault tests mostly wait for leases and dead processes, the browser's stories for pages.
waiting_log=$(mktemp)
{
  run_twice "browser" $(in_ browser) -o cache_dir=.pytest_cache/browser "$@" &&
    run_twice "sabotage" $(in_ faults load) -o cache_dir=.pytest_cache/sabotage "$@"
} >"$waiting_log" 2>&1 &
waiting=$!
tell() {
  echo "tests/run.sh: browser, sabotage"
  cat "$waiting_log"
  rm "$waiting_log"
}
trap 'kill "$waiting" $(pgrep -P "$waiting") || true; tell' EXIT
run_unharmed "faults and not timed" $(in_ faults) "$@"
run_twice "faults and timed" $(in_ faults) "$@"
if wait "$waiting"; then waiting_ended=0; else waiting_ended=$?; fi
trap - EXIT
tell
[ "$waiting_ended" = 0 ]
run_twice "load" $(in_ load) -s "$@"
