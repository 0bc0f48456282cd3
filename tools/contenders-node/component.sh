# shellcheck shell=bash
title="event stores for Node.js, to compare Aeon with"

install() {
  need_command node nodejs
  need_command npm npm
  cp "$component/package.json" "$component/package-lock.json" "$dest/"
  cd "$dest"
  npm ci --omit=dev --ignore-scripts --no-audit --no-fund
}
