# shellcheck shell=bash

micro_benches() { # [filter]
  local program
  while read -r program; do
    say "$(basename "$program")"
    "$program" --benchmark_min_time=0.2 ${1:+--benchmark_filter="$1"}
  done < <(find build/bench -name 'gatehouse_*_bench' -type f -perm -u+x | sort)
}

verb_bench() {
  install_packages build bench
  configure bench
  compile bench
  if [ "${1:-}" = micro ]; then
    micro_benches "${2:-}"
    return
  fi
  (($#)) || micro_benches
  say "Races: bench/run.mjs $*"
  node bench/run.mjs "$@"
}
