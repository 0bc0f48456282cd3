# shellcheck shell=bash
title="axe-core, which checks that pages are accessible"

# The Python package brings the script along; nothing else of it is used.
install() {
  install_venv
  local script
  script=$(find "$dest/lib" -name axe.min.js -print -quit)
  [ -n "$script" ] || fail "the package in requirements.txt has no axe.min.js any more."
  mv "$script" "$dest/axe.min.js.new"
  find "$dest" -mindepth 1 -maxdepth 1 ! -name axe.min.js.new -exec rm -rf {} +
  mv "$dest/axe.min.js.new" "$dest/axe.min.js"
}
