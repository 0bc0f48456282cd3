# shellcheck shell=bash
title="curl, which the README's listing uses"

verify() { command -v curl >/dev/null; }

install() { need_command curl curl; }
