PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What makes a site of the documentation has one of its own: nobody else needs it.
DOCS := .venv-docs

# The production example of .env.example, as variables for `env`.
production = $$(sed -n '/Production example/,$$ s/^\# \([A-Z_]*=.*\)/\1/p' .env.example)

# Its SECRET_KEY everybody has read.
secret = import secrets; print(secrets.token_urlsafe(48))

# Every version and hash, for every platform and Python; where from is pip's business.
pin = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-config \
	--fork-strategy fewest --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(ARGS)
install = bin/python -m pip install -qq --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test lint types check docs bench soak attack cluster vendor lock audit sbom

help:  ## list these
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed  ## set up whatever is missing and serve; PORT=8001 for another port
	@$(BIN)/python manage.py quickstart $(ARGS)

test: $(VENV)/.installed-dev  ## run the tests; ARGS="-k admin" for some of them
	@$(BIN)/python -m pytest -n 4 $(ARGS)

lint: $(VENV)/.installed-dev  ## look for mistakes and foreign style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev  ## check the types
	@DEBUG=true $(BIN)/mypy .

check: $(VENV)/.installed-dev  ## check migrations, and the settings of the production example
	@DEBUG=true $(BIN)/python manage.py makemigrations --check --dry-run
	@env $(production) SECRET_KEY="$$($(BIN)/python -c '$(secret)')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

docs: $(DOCS)/.installed  ## make a site of the documentation, site/index.html
	@$(DOCS)/bin/python -m sphinx -c docs -b html -E -a -W --keep-going -n -q $(ARGS) . site

bench: $(VENV)/.installed-dev  ## measure speed against other servers
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.installed-dev  ## 20 minutes of mixed load
	@$(BIN)/python -m benchmarks.soak

attack: $(VENV)/.installed-dev  ## try to freeze it, fill it and fool it; ARGS="--short" for minutes
	@$(BIN)/python -m attacks $(ARGS)

cluster: $(VENV)/.installed-dev  ## two hosts on this machine, to be broken by hand; ARGS=--prove to have it done
	@$(BIN)/python -m cluster $(ARGS)

vendor: $(VENV)/.installed  ## fetch the page's libraries anew; ARGS="dompurify@3.4.18" for another version
	@$(BIN)/python -m chat.page.vendor $(ARGS)

lock: $(VENV)/.installed-dev  ## write the locks anew after a change of requirements; ARGS=--upgrade for newer
	@$(pin) requirements.txt --output-file requirements.lock
	@$(pin) requirements-dev.txt --constraint requirements.lock \
		--output-file requirements-dev.lock
	@$(pin) requirements-otel.txt --constraint requirements-dev.lock \
		--output-file requirements-otel.lock
	@$(pin) requirements-docs.txt --constraint requirements-dev.lock \
		--output-file requirements-docs.lock
	@$(pin) chat/tests/clients/agents-sdk/requirements.txt \
		--output-file chat/tests/clients/agents-sdk/requirements.lock
	@$(pin) chat/tests/tracing/otelsink/requirements.txt \
		--output-file chat/tests/tracing/otelsink/requirements.lock

audit: $(VENV)/.installed-dev  ## ask PyPI for known vulnerabilities of what production installs
	@$(BIN)/python -m dependencies.audit $(ARGS)

sbom: $(VENV)/.installed-dev  ## write the software bill of materials, sbom.cdx.json (CycloneDX)
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file sbom.cdx.json

$(BIN)/python $(DOCS)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: make run PYTHON=/path/to/python3.11"; \
		exit 1; }
	@$(PYTHON) -m venv $(@:/bin/python=) || { rm -rf $(@:/bin/python=); \
		echo "Python could not make a virtual environment; on Debian and Ubuntu" \
			"'apt install python3-venv' helps."; \
		exit 1; }

$(VENV)/.installed: requirements.lock | $(BIN)/python
	@echo "Installing what the service needs (once) ..."
	@$(VENV)/$(install) -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing what the tests need (once) ..."
	@$(VENV)/$(install) -r requirements-dev.lock
	@touch $@ $(VENV)/.installed

$(DOCS)/.installed: requirements-docs.lock | $(DOCS)/bin/python
	@echo "Installing what makes the site (once) ..."
	@$(DOCS)/$(install) -r requirements-docs.lock
	@touch $@
