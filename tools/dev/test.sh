# shellcheck shell=bash

# A stuck test must not hold up the others for ever.
ctest_timeout_s=180
node_timeout_s=1500

run_ctest() { # preset filter
  ctest --test-dir "build/$1" --output-on-failure --no-tests=error --parallel "$(jobs)" \
    --timeout "$ctest_timeout_s" ${2:+-R "$2"}
}

build_for_tests() { # preset
  configure "$1" -DGATEHOUSE_TESTS=ON && compile "$1"
}

# Debian's Node 18 hides the browser's crypto behind an option that later versions ignore.
with_web_crypto() { # command…
  NODE_OPTIONS="${NODE_OPTIONS:-} --experimental-global-webcrypto" "$@"
}

run_web_tests() {
  npm_install web && with_web_crypto npm test --prefix web
}

# Also called by ./dev e2e.
run_e2e() { # files…
  export GATEHOUSE_BINARY=$PWD/build/release/gatehouse
  export CHROMIUM=${CHROMIUM:-$(command -v chromium)}
  npm_install tests/e2e &&
    with_web_crypto timeout --kill-after=10 "$node_timeout_s" \
      node --test --test-reporter=spec "$@"
}

e2e_files() { # word…: the files whose name contains one of the words
  local file name
  shopt -s nullglob
  for file in tests/e2e/*{.test,_test}.{mjs,js}; do
    for name in "$@"; do
      if [[ $(basename "$file") == *"$name"* ]]; then
        echo "$file"
        break
      fi
    done
  done
}

sanitizer_options() {
  export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
  ASAN_OPTIONS+=:check_initialization_order=1:strict_init_order=1:allocator_may_return_null=1
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:history_size=4
  local symbolizer=/usr/bin/llvm-symbolizer-19
  export ASAN_SYMBOLIZER_PATH=$symbolizer
  UBSAN_OPTIONS+=:external_symbolizer_path=$symbolizer
  TSAN_OPTIONS+=:external_symbolizer_path=$symbolizer
}

verb_test() {
  local preset=release filter packages=(build test)
  case "${1:-}" in
    --asan | --tsan)
      preset=${1#--}
      packages+=(sanitize)
      sanitizer_options
      shift
      ;;
    -*) die "There is no option '$1': --asan or --tsan." ;;
  esac
  filter=${1:-}
  install_packages "${packages[@]}"

  if run_suite build exit build_for_tests "$preset"; then
    run_suite ctest ctest run_ctest "$preset" "$filter" || true
  fi
  if [ "$preset" = release ] && [ -z "$filter" ]; then
    run_suite tools unittest \
      python3 -B -m unittest discover -s tools -t tools -p '*_test.py' || true
    run_suite web node run_web_tests || true
    mapfile -t files < <(e2e_files '')
    run_suite e2e node run_e2e "${files[@]}" || true
  fi
  finish_counting
}
