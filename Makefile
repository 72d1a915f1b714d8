# Every target sets up what it needs; `make help` lists them. Node is the one that the lockfile pins, through $(NODE).
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
NODE := ./deploy/local/node

.PHONY: help setup demo up test test-system check bench gen charts image

help: ## list the targets
	@echo 'Tillit: make <target>'; echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

setup: ## install, build, and fetch what the others need (quick when done)
	@node deploy/local/setup.mjs

demo: setup ## start everything, get a token, check it, stop: the main job in a minute
	@$(NODE) deploy/local/dist/demo.js

up: setup ## run the constellation until Ctrl-C
	@$(NODE) deploy/local/dist/up.js

test: setup ## unit tests, then the real constellation, real clients and faults; no root needed
	@$(NODE) deploy/local/run-tests.mjs unit constellation faults

test-system: setup ## suites that need root or Debian packages, which they install
	@$(NODE) deploy/local/run-tests.mjs system

check: setup ## format, lint, types, import rule, generated files
	@$(NODE) deploy/local/check.mjs

bench: setup ## measure the targets beside oidc-provider; writes docs/performance.md
	@$(NODE) bench/src/main.ts

gen: setup ## write what is generated from the contracts
	@$(NODE) deploy/nats/dist/generate.js
	@$(NODE) services/client-registry/dist/openapi.js
	@$(NODE) deploy/charts/charts.mjs generate

charts: setup ## lint, render and validate the Helm charts
	@$(NODE) deploy/charts/charts.mjs check

image: setup ## build the images with buildah and start what is in them
	@deploy/image/build.sh
