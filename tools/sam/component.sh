# shellcheck shell=bash
title="SAM CLI and cfn-lint"

install() { install_venv; }
