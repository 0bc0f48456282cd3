# shellcheck shell=bash
title="an event store for Python, to compare Aeon with"

install() { install_venv; }
