# shellcheck shell=bash
title="checkov"

install() { install_venv; }
