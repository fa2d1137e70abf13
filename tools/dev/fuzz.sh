# shellcheck shell=bash

fuzz_programs() { # [word]: the fuzz programs whose name contains the word
  find src tests -name '*_fuzz.cpp' -exec basename {} .cpp \; | sort | grep -F -- "${1:-}"
}

verb_fuzz() {
  local merge=() word='' seconds=600 programs argument
  for argument in "$@"; do
    case "$argument" in
      --merge) merge=(--merge) ;;
      *[!0-9]*) word=$argument ;;
      *) seconds=$argument ;;
    esac
  done
  mapfile -t programs < <(fuzz_programs "$word")
  ((${#programs[@]})) || die "No fuzz program matches '$word'."
  install_packages build sanitize
  configure fuzz
  compile fuzz "${programs[@]}"
  say "Fuzzing: ${programs[*]}"
  python3 -B tools/fuzz.py "${merge[@]}" --seconds "$seconds" "${programs[@]}"
}
