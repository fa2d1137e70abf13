# shellcheck shell=bash
verb_build() {
  local preset=${1:-release}
  [ $# -gt 0 ] && shift
  if [ "$preset" = server ]; then
    install_packages build
    build_server
    say "Built build/release/gatehouse"
    return
  fi
  case "$preset" in
    release | debug) install_packages build test && configure "$preset" -DGATEHOUSE_TESTS=ON ;;
    asan | tsan) install_packages build test sanitize && configure "$preset" ;;
    fuzz) install_packages build sanitize && configure "$preset" ;;
    bench) install_packages build bench && configure "$preset" ;;
    *) die "There is no preset '$preset': server, release, debug, asan, tsan, bench or fuzz." ;;
  esac
  compile "$preset" "$@"
  say "Built build/$preset"
}
