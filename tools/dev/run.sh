# shellcheck shell=bash
verb_run() {
  echo "Gatehouse: look for missing packages, build the server, start it."
  echo "The first build takes some minutes; the next start takes seconds. Ctrl-C stops the server."
  install_packages build
  build_server
  say "Starting build/release/gatehouse serve $*"
  exec build/release/gatehouse serve "$@"
}
