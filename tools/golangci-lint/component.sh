# shellcheck shell=bash
title="golangci-lint"
version=v2.15.0

# Built from source: only so does it understand the Go that is installed. With the Makefile's AS_DEPLOYED, so that Go's own
# packages aren't compiled in one way more.
install() {
  need_command go golang-go
  GOBIN=$dest/bin CGO_ENABLED=0 GOFLAGS=-trimpath go install -ldflags '-s -w' "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
}
