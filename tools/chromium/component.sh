# shellcheck shell=bash
title="Chromium, which the dashboard's tests drive"

# The names and places where the tests look for a browser.
verify() {
  local name
  for name in chromium chromium-browser google-chrome "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    command -v "$name" >/dev/null && return
  done
  return 1
}

install() {
  verify && return
  [ "$(uname)" = Linux ] || fail "no browser: install Chrome, then run tools/install again."
  need_command chromium chromium
}
