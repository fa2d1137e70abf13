# shellcheck shell=bash

source_files() { # suffix…
  python3 -B tools/list_files.py "$@"
}

shell_scripts() {
  echo dev
  echo .ci/run
  source_files .sh
}

format() { # clang-format options…
  source_files .cpp .hpp | xargs clang-format-19 "$@"
}

verify_headers() {
  configure release -DGATEHOUSE_TESTS=ON && compile release all_verify_interface_header_sets
}

check_types() {
  npm_install web && npm run check --prefix web
}

verb_lint() {
  local folder
  install_packages build test lint
  case "${1:-}" in
    --fix) format -i ;;
    '') ;;
    *) die "There is no option '$1': --fix." ;;
  esac

  run_suite tidy exit tools/tidy || true
  run_suite format exit format --dry-run -Werror || true
  run_suite secrets exit python3 -B tools/secret_scan.py || true
  mapfile -t scripts < <(shell_scripts)
  run_suite shellcheck exit shellcheck --external-sources "${scripts[@]}" || true
  run_suite web-types exit check_types || true
  for folder in web tests/e2e; do
    run_suite "audit-${folder##*/}" exit python3 -B tools/npm_audit.py "$folder" || true
  done
  run_suite headers exit verify_headers || true
  local tests=()
  [ -z "${GATEHOUSE_LINT_WITHOUT_TESTS:-}" ] || tests=(--without-tests)
  run_suite clang-tidy exit \
    python3 -B tools/lint_cpp.py build/release --jobs "$(jobs)" "${tests[@]}" || true
  finish_counting
}
