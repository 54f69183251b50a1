# `make help` lists what is here; everything does its own set-up.
# Variables: ODOO_HOME (an Odoo 19 to use), ODOO_PORT, SIMULATOR_PORT, DEMO_SERVE=0, DEMO_START,
# ADDON and TEST (a part of the tests), BENCH (one benchmark).
PYTHON ?= python3
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help
.PHONY: help setup demo server test lint i18n bench stop clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Fetch Odoo, make the virtual environment, start PostgreSQL
	@$(PYTHON) -m dev.setup

demo: ## Play 14 months of a SaaS company, print the books, serve them at http://127.0.0.1:8069
	@$(PYTHON) -m dev.demo

server: ## Serve the demo database again without playing the story
	@$(PYTHON) -m dev.serve

test: ## Run all tests; a part: make test ADDON=saas_deferred_revenue TEST=TestRevenueRun
	@ADDON="$(ADDON)" TEST="$(TEST)" $(PYTHON) -m dev.run_tests

lint: ## pylint-odoo and ruff
	@$(PYTHON) -m dev.lint

i18n: ## Write the translation templates of the addons anew
	@$(PYTHON) -m dev.export_pot

bench: ## Measure against floors; a part: make bench BENCH=webhook,payment (docs/05_benchmarks.md lists all)
	@BENCH="$(BENCH)" $(PYTHON) -m dev.run_bench

stop: ## Stop our Odoo, simulator and PostgreSQL
	@$(PYTHON) -m dev.stop

clean: stop ## Remove everything that was fetched or made (downloads stay in the user's cache)
	@$(PYTHON) -m dev.clean
