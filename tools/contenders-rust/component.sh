# shellcheck shell=bash
title="an event store for Rust, to compare Aeon with (compiles for minutes)"

# Cargo.pins is a Cargo.lock without where each crate comes from: the registry that cargo is set up for.
install() {
  need_command cargo cargo
  cp "$component/Cargo.toml" "$component/main.rs" "$dest/"
  cargo generate-lockfile --quiet --manifest-path "$dest/Cargo.toml"
  local source
  source=$(grep -m 1 '^source = ' "$dest/Cargo.lock")
  awk -v source="$source" '/^checksum = / { print source } { print }' "$component/Cargo.pins" >"$dest/Cargo.lock"
  cargo build --release --locked --quiet --manifest-path "$dest/Cargo.toml" --target-dir "$run/contenders-rust"
  mkdir "$dest/bin"
  cp "$run/contenders-rust/release/dynamo-es" "$dest/bin/"
}
