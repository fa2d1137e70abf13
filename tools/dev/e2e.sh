# shellcheck shell=bash
source tools/dev/test.sh

run_kill_test() { # [rounds]
  export GATEHOUSE_BINARY=$PWD/build/release/gatehouse
  node tests/faults/kill.mjs "$@" && node tests/faults/jobs_kill.mjs "$@"
}

# A real n8n, outside of this folder: 1.4 GB that only this needs. Its lock file is one that
# `npm ci` refuses, and of what its packages would build, SQLite's driver alone is needed.
install_n8n() {
  local folder=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse-n8n
  export N8N_FOLDER=$folder
  cmp -s tests/n8n/package-lock.json "$folder/.installed-lock.json" && return
  say "Installing n8n into $folder (some minutes)"
  mkdir -p "$folder"
  cp tests/n8n/package.json tests/n8n/package-lock.json "$folder"
  (
    cd "$folder"
    npm install --legacy-peer-deps --no-audit --no-fund --ignore-scripts &&
      npm rebuild sqlite3 --nodedir=/usr
  ) && cp tests/n8n/package-lock.json "$folder/.installed-lock.json"
}

run_n8n_test() {
  install_n8n && run_e2e tests/e2e/n8n.test.mjs tests/n8n/*.test.mjs
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
  if [ "${1:-}" = n8n ]; then
    build_server
    run_suite n8n node run_n8n_test || true
    finish_counting
    return
  fi
  mapfile -t files < <(e2e_files "${@:-}")
  ((${#files[@]})) || die "No file of tests/e2e matches: $*"
  build_server
  run_suite e2e node run_e2e "${files[@]}" || true
  finish_counting
}
