# What the verbs of ./dev share. Sourced by it, with the repository's root as the current folder.
# shellcheck shell=bash

web_stamp=node_modules/.gatehouse-stamp # cmake/web.cmake uses the same

# A clone elsewhere finds the objects of this one in the cache: paths under the root don't count.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

say() { printf '\n==> %s\n' "$*"; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }

# One compiler for each core, but never more than memory can feed: the largest units take 1.5 GB.
jobs() {
  local cores available_kb limit
  cores=$(nproc)
  available_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  if [[ $limit =~ ^[0-9]+$ ]] && ((limit / 1024 < available_kb)); then
    available_kb=$((limit / 1024))
  fi
  local by_memory=$((available_kb / 1500000))
  ((by_memory < 1)) && by_memory=1
  echo "${GATEHOUSE_JOBS:-$((cores < by_memory ? cores : by_memory))}"
}

# --- Packages ---------------------------------------------------------------------------------

packages_for() { # purpose…
  local purpose
  for purpose in "$@"; do
    awk -v purpose="$purpose" '$1 == purpose { print $2 }' tools/packages.txt
  done | sort -u
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

node_is_new_enough() {
  has npm && has node && node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what a verb needs and this machine lacks, and says so.
install_packages() { # purpose…
  local missing=() package
  [[ " $* " == *" build "* ]] && ! node_is_new_enough && set -- "$@" node
  for package in $(packages_for "$@"); do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  has apt-get || die "This machine has no apt-get. Install what Debian calls: ${missing[*]}"
  [ "$(id -u)" = 0 ] || has sudo ||
    die "Packages are missing and there is no sudo. As root: apt-get install ${missing[*]}"
  say "Installing missing Debian packages: ${#missing[@]} (listed in tools/packages.txt)"
  for package in "${missing[@]}"; do
    awk -v package="$package" \
      '$2 == package { $1 = $2 = ""; printf "  %-22s%s\n", package, $0; exit }' tools/packages.txt
  done
  # Debian has both, but not at once, and apt-get doesn't choose by itself.
  if [[ " ${missing[*]} " == *" libhyperscan-dev "* ]] && is_installed libvectorscan5; then
    missing+=(libvectorscan-dev- libvectorscan5-)
  fi
  as_root apt-get update
  without_starting_services as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o Dpkg::Use-Pty=0 install -y --no-install-recommends "${missing[@]}"
}

# Tests start their own nginx and haproxy; Debian would start one on port 80 at once.
without_starting_services() { # command…
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  (
    trap 'as_root rm -f "$policy"' EXIT
    as_root chmod +x "$policy"
    "$@"
  )
}

# --- Builds -----------------------------------------------------------------------------------

configure() { # preset [cmake arguments…]
  local preset=$1
  shift
  say "Configuring build/$preset"
  cmake --preset "$preset" "$@"
}

compile() { # preset [targets…]
  local preset=$1
  shift
  say "Building build/$preset with $(jobs) jobs${1:+: $*}"
  cmake --build "build/$preset" --parallel "$(jobs)" ${1:+--target "$@"}
}

# The server alone. A configured build keeps its tests; a new one is made without, so that a
# machine that only runs Gatehouse needs no test packages.
build_server() {
  if [ -f build/release/CMakeCache.txt ]; then
    configure release
  else
    configure release -DGATEHOUSE_TESTS=OFF
  fi
  compile release gatehouse gatehouse-extract gatehouse-firewall
}

npm_install() { # folder
  local stamp=$1/$web_stamp
  if [ ! "$stamp" -nt "$1/package-lock.json" ]; then
    say "Installing the npm packages of $1/package-lock.json"
    npm ci --prefix "$1" --no-audit --no-fund &&
      mkdir -p "$1/node_modules" && touch "$stamp"
  fi
}

# --- Counting ---------------------------------------------------------------------------------

passed=0
failed=0
summary=()

# Shows a suite's output, keeps it as build/logs/<name>.log, and adds what it counted. `kind` says
# how its output is read (tools/test_counts.py); `exit` counts the command as one check.
run_suite() { # name kind command…
  local name=$1 kind=$2 started=$SECONDS status=0 counts
  shift 2
  mkdir -p build/logs
  say "$name"
  "$@" 2>&1 </dev/null | tee "build/logs/$name.log" || status=$?
  counts=$(python3 -B tools/test_counts.py "$kind" "build/logs/$name.log" "$status")
  summary+=("$(printf '%-18s %6d ok %6d not ok %6d s' "$name" "${counts% *}" "${counts#* }" \
    $((SECONDS - started)))")
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
  ((${counts#* } == 0))
}

# The last lines of a verb that counts. .ci/run adds up several and asks for the numbers in a file.
finish_counting() {
  say "Summary"
  printf '%s\n' "${summary[@]}"
  if [ -n "${GATEHOUSE_COUNTS_FILE:-}" ]; then
    echo "$passed $failed" >"$GATEHOUSE_COUNTS_FILE"
  else
    echo "$passed passed, $failed failed"
  fi
  ((failed == 0))
}
