# shellcheck shell=bash
title="container engine"

# What the tests use: an engine that answers, else a dockerd that they start themselves.
verify() {
  docker_answers || { command -v docker && command -v dockerd; } >/dev/null
}

install() {
  if verify; then
    return
  fi
  [ "$(uname)" = Linux ] || fail "no container engine answers: start Docker Desktop, or another one that \`docker version\` can reach."
  [ "$(id -u)" -eq 0 ] || fail "no container engine answers, and only root can start one: start it (\`docker version\` has to show a server), then run tools/install again."
  apt_install docker.io
  # Newer Debians have the client in a package of its own.
  need_command docker docker-cli
}
