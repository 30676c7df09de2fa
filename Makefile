PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The production example of .env.example, as variables for `env`.
production = $$(sed -n '/Production example/,$$ s/^\# \([A-Z_]*=.*\)/\1/p' .env.example)

.DEFAULT_GOAL := help
.PHONY: help run test lint types check bench soak vendor

help:  ## list these
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed  ## set up whatever is missing and serve; PORT=8001 for another port
	@$(BIN)/python manage.py quickstart

test: $(VENV)/.installed-dev  ## run the tests; ARGS="-k admin" for some of them
	@$(BIN)/python -m pytest -n 4 $(ARGS)

lint: $(VENV)/.installed-dev  ## look for mistakes and foreign style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## check the types
	@DEBUG=true $(BIN)/mypy .

check: $(VENV)/.installed-dev  ## check migrations, and the settings of the production example
	@DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	@env $(production) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/.installed-dev  ## measure speed against other servers
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.installed-dev  ## 20 minutes of mixed load
	@$(BIN)/python -m benchmarks.soak

vendor: $(VENV)/.installed  ## fetch the page's libraries anew; ARGS="dompurify@3.4.18" for another version
	@$(BIN)/python -m chat.page.vendor $(ARGS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make run PYTHON=/path/to/python3.11"; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment; on Debian and Ubuntu" \
			"'apt install python3-venv' helps."; \
		exit 1; }

$(VENV)/.installed: requirements.txt | $(BIN)/python
	@echo "Installing what the service needs (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
