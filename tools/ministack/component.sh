# shellcheck shell=bash
title="ministack, which SAM stacks are deployed to"

# An environment apart from the SAM CLI's: together pip finds no versions that suit both.
install() { install_venv; }
