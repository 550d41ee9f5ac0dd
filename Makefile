SHELL := /bin/bash
export BASH_ENV := $(CURDIR)/scripts/env.sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

run := node --disable-warning=ExperimentalWarning

.PHONY: help setup demo demo-code test check gen bench soak clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## install and build; starts nothing, quick when nothing changed
	@scripts/setup.sh

demo: setup ## a whole hub on this machine, in the foreground (PORT=8080, RESET=1 starts over)
	@exec $(run) scripts/demo.ts

demo-code: ## the second factor of the demo's sign-ins that need one, now
	@$(run) scripts/demo-code.ts

test: setup ## everything against real parts; the last line counts
	@$(run) scripts/test.ts all

check: setup ## format, lint, boundaries, types and unit tests
	@$(run) scripts/test.ts check

gen: setup ## write all generated files
	@$(run) scripts/gen.ts

bench: setup ## measure all parts, or one with PART=name
	@$(run) --conditions=source scripts/bench.ts $(PART)

soak: setup ## the long runs that are too big for make test, or one with PART=name
	@$(run) scripts/soak.ts $(PART)

clean: ## remove what was installed and built; the demo's data stay
	@rm -rf node_modules .tools */dist dashboard/web/dist
