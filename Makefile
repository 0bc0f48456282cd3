# The commands of a developer. `make` lists them.

SHELL := /bin/bash
GO ?= go
# The packages that are checked and tested: make test PKG=./store/...
PKG ?= ./...
# What people deploy.
TEMPLATES := template.yaml examples/own-views/template.yaml
# What they deploy to learn.
EXAMPLES := $(filter-out $(TEMPLATES),$(wildcard examples/*/*.yaml))
LINT := .tools/golangci-lint/bin/golangci-lint

# -count=1: a result from a cache would say nothing about the real components that the tests start.
# -vet=off: `make check` has run all of go vet.
GOTEST := $(GO) test -race -count=1 -vet=off
# The checks look at packages as they are compiled for the tests: a fresh machine compiles them once for both.
AS_TESTED := GOFLAGS=-race
# As functions/build compiles what is deployed.
AS_DEPLOYED := CGO_ENABLED=0 GOFLAGS=-trimpath

.DEFAULT_GOAL := help
.PHONY: help test check lint scan long bench benchstat coldstart newcomer fuzz events build dist clean

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

# Every test runs, or the command fails: with -v go test tells what was skipped; the lines of what passed
# are left out again.
test: check ## Run everything that must pass: the checks below, then all tests, on real components
	@echo "test: $(PKG), with the race detector"
	@set -o pipefail; \
	  $(GOTEST) -v -timeout 15m $(PKG) | tee .tools/test.log | grep --line-buffered -vE '^(=== |PASS$$| *--- PASS)'
	@! grep -E '^ *--- SKIP' .tools/test.log || { echo "test: the tests above were skipped: make them run, or fail"; exit 1; }

check: ## Install the tools, then format, vet, lint and scan
	@tools/install
	@echo "check: gofmt, go vet"
	@unformatted=$$(find . -name '*.go' -not -path './.tools/*' -not -path './.aws-sam/*' -exec gofmt -l {} +); \
	  [ -z "$$unformatted" ] || { echo "run gofmt -w on:"; echo "$$unformatted"; exit 1; }
	@$(AS_TESTED) $(GO) vet $(PKG)
	@cd bench/plots && export $(AS_TESTED) && $(GO) vet ./... && $(GO) test -vet=off ./...
	@$(MAKE) --no-print-directory lint scan

lint: ## Run golangci-lint, by .golangci.yaml
	@tools/install golangci-lint
	@$(AS_TESTED) $(LINT) run --allow-serial-runners $(PKG)
	@cd bench/plots && $(AS_TESTED) ../../$(LINT) run --allow-serial-runners ./...

scan: ## Have the templates looked through by cfn-lint and checkov, by .cfnlintrc.yaml and .checkov.yaml
	@tools/install sam checkov
	@.tools/sam/bin/cfn-lint
	@.tools/checkov/bin/checkov --config-file .checkov.yaml $(TEMPLATES:%=--file %)
	@.tools/checkov/bin/checkov --config-file examples/.checkov.yaml $(EXAMPLES:%=--file %)

long: ## Run the long suites, too: more seeds, more clients, more events, a minute of each fuzzer (hours)
	@tools/install
	AEON_LONG=1 $(GOTEST) -timeout 6h $(PKG)
	@$(MAKE) --no-print-directory fuzz

bench: ## Measure Aeon beside other event stores, and write docs/benchmarks.md (11 minutes, on a quiet machine)
	@tools/install dynamodb-local sam contenders-node contenders-python contenders-rust
	$(GO) run ./bench -write

benchstat: ## Compare the hot paths' time and allocations with bench/baseline.txt
	@$(GO) test -run '^$$' -bench HotPaths -benchtime 100ms -count 6 ./bench >.tools/hotpaths.txt
	@$(GO) tool -C bench/plots benchstat ../baseline.txt ../../.tools/hotpaths.txt

coldstart: ## Measure what the functions take to start, beside one that does nothing, and their memory and time
	@tools/install dynamodb-local sam ministack
	$(GO) test -run '^$$' -bench 'ColdStart|Functions' -benchtime 1x ./functions

newcomer: ## Measure what the first screen of the README takes, with nothing downloaded and nothing compiled
	$(GO) test -run '^$$' -bench Newcomer -benchtime 1x ./cmd/aeon

fuzz: ## Run each fuzzer for a minute
	@set -e; grep -rHoE '^func Fuzz\w+' --include='*_test.go' . | grep -v '^./.tools/' | while IFS=: read -r file func; do \
	  echo "fuzz: $${func#func } in $$(dirname $$file)"; \
	  $(GO) test -run '^$$' -fuzz "^$${func#func }$$" -fuzztime 60s "$$(dirname $$file)" </dev/null; \
	done

events: ## Make the sample events of the functions, by internal/sampleevents
	$(GO) run ./internal/sampleevents/write

build: ## Build the command line into dist/
	$(AS_DEPLOYED) $(GO) build -ldflags '-s -w' -o dist/ ./cmd/...

dist: ## Build a release into dist/: make dist VERSION=v1.2.3
	$(GO) run ./internal/dist/build -version '$(VERSION)' -targets '$(TARGETS)'

clean: ## Remove what was built; .tools/ stays
	rm -rf dist .aws-sam
