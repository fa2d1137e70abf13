# shellcheck shell=bash
source tools/dev/test.sh

run_kill_test() { # [rounds]
  GATEHOUSE_BINARY=$PWD/build/release/gatehouse node tests/faults/kill.mjs "$@"
}

verb_e2e() {
  local files
  install_packages build test
  if [ "${1:-}" = kill ]; then
    build_server
    run_suite kill exit run_kill_test "${@:2}" || true
    finish_counting
    return
  fi
  mapfile -t files < <(e2e_files "${@:-}")
  ((${#files[@]})) || die "No file of tests/e2e matches: $*"
  build_server
  run_suite e2e node run_e2e "${files[@]}" || true
  finish_counting
}
