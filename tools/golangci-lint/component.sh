# shellcheck shell=bash
title="golangci-lint"
version=v2.15.0

# Built from source: only so does it understand the Go that is installed.
install() {
  need_command go golang-go
  GOBIN=$dest/bin GOFLAGS='' go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
}
