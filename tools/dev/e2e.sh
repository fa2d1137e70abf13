# shellcheck shell=bash
source tools/dev/test.sh

verb_e2e() {
  local files
  install_packages build test
  mapfile -t files < <(e2e_files "${@:-}")
  ((${#files[@]})) || die "No file of tests/e2e matches: $*"
  build_server
  run_suite e2e node run_e2e "${files[@]}" || true
  finish_counting
}
