# shellcheck shell=bash

# The Debian packages that hold the libraries these programs load.
runtime_packages() { # programs…
  local library
  for library in $(ldd "$@" | awk '$3 ~ /^\// { print $3 }' | sort -u); do
    # dpkg knows a merged /usr by one name only.
    dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "$(realpath "$library")"
  done | cut -d: -f1 | sort -u
}

verb_package() {
  local version name stage date
  version=$(sed -n 's/^project(gatehouse VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  name=gatehouse-$version-linux-$(uname -m)
  stage=build/package/$name
  install_packages build
  build_server

  say "Packing build/$name.tar.gz"
  rm -rf "$stage"
  mkdir -p "$stage/bin" "$stage/share/gatehouse"
  install -m 755 --strip build/release/gatehouse build/release/gatehouse-extract "$stage/bin"
  runtime_packages "$stage"/bin/* >"$stage/debian-packages.txt"
  # What only guard.waf needs is not asked of everybody (docs/guard-waf.md).
  install -m 644 --strip build/release/gatehouse-firewall.so "$stage/bin"
  install -m 644 LICENSE README.md CHANGELOG.md SECURITY.md gatehouse.example.toml "$stage"
  cp -R docs "$stage/share/gatehouse/docs"
  # The same commit gives the same bytes: order, owner and time are fixed.
  date=$(git log -1 --format=%cI 2>/dev/null || echo 2026-01-01)
  tar -C build/package --sort=name --owner=0 --group=0 --numeric-owner --mtime="$date" \
    --mode=u+rw,go=rX -cf - "$name" | gzip -9n >"build/$name.tar.gz"
  (cd build && sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256")
  ls -lh "build/$name.tar.gz"
}
