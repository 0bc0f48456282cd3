# shellcheck shell=bash
title="schemathesis, which asks an API what its OpenAPI file allows"

install() { install_venv; }
