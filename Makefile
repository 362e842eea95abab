# The first command of a new user is `make run`, the second `make test`; `make help` tells the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A file of tests stays in one process: some of what its tests share is dear to start.
# Which file begins is told in tests/conftest.py. One process more than cores: many tests wait.
PROCESSES = $(shell $(BIN)/python -c 'import os; print(min(8, 1 + os.cpu_count()))')
PYTEST = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
# Many tests keep an eye on other programs, and a machine that does ten other things may hold one up.
# What failed is run once more, one after the other, and told; who fails alone has failed.
ONCE_MORE = { [ $$? = 1 ] && echo "These failed; once more, alone:" && \
	$(BIN)/pytest --last-failed --last-failed-no-failures none --verbose $(ARGS); }
# Where it is set, each of the thousands of programs that tests start compiles all anew.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links $(LOCK_ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test quick lint format lock bench bench-ftp bench-mail docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## install opsplay into .venv and run the example, playbooks/site.yml
	$(BIN)/opsplay run playbooks/site.yml

test: $(VENV)/.installed $(VENV)/.test-installed .cache/ansible/.installed ## run all tests (ARGS="-k word" for some of them)
	@tests/install-debian-packages tests/debian-packages.txt
	@tests/unpack-debian-packages tests/debian-unpacked.txt .cache/debian
	$(PYTEST) $(ARGS) || $(ONCE_MORE)

quick: $(VENV)/.installed $(VENV)/.test-installed ## run the tests of the language and of the engine but the slow ones: a minute at most
	$(PYTEST) -m "not slow" tests/language tests/mistakes tests/runner $(ARGS)

lint: $(VENV)/.installed $(VENV)/.test-installed ## check style, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.test-installed ## put the code into its format, repair what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(BIN)/uv ## choose the versions of all dependencies anew (LOCK_ARGS=--upgrade for newer ones)
	$(LOCK) --group build pyproject.toml --output-file requirements.txt > /dev/null
	$(LOCK) --group build --extra test --extra lint --constraints requirements.txt pyproject.toml \
		--output-file requirements-test.txt > /dev/null
	$(LOCK) bench/requirements.in --output-file bench/requirements.txt > /dev/null
	$(LOCK) bench/requirements-ftp.in --output-file bench/requirements-ftp.txt > /dev/null
	$(LOCK) bench/requirements-mail.in --output-file bench/requirements-mail.txt > /dev/null

bench: $(VENV)/.installed .cache/ansible/.installed ## measure opsplay beside ansible-core (ARGS="debug-1000" for one case)
	$(BIN)/python -m bench --peer .cache/ansible/bin $(ARGS)

bench-ftp: $(VENV)/.installed .cache/ftp-peers/.installed ## measure the FTP steps beside lftp, rclone, curl … (ARGS="large" or ARGS="--quick")
	@tests/install-debian-packages bench/debian-packages.txt
	$(BIN)/python -m bench.ftp $(ARGS)

bench-mail: $(VENV)/.installed .cache/mail-peers/.installed ## measure the mail steps beside smtp-source, fetchmail … (ARGS="send" or ARGS="--quick")
	@tests/install-debian-packages bench/debian-packages.txt
	$(BIN)/python -m bench.mail $(ARGS)

docs: $(VENV)/.installed ## write the pages and the schema that are made from the code
	$(BIN)/python docs/generate.py

clean: ## remove all that the other commands have made
	rm -rf $(VENV) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) \
		and f"opsplay needs Python 3.11 or newer, and $(PYTHON) is {sys.version}; say make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

# The build tool is one of the locked requirements, so nothing is taken from outside the lock.
$(VENV)/.installed: $(VENV)/.made requirements.txt pyproject.toml
	$(PIP_INSTALL) --require-hashes --requirement requirements.txt
	$(PIP_INSTALL) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.test-installed: $(VENV)/.made requirements-test.txt
	$(PIP_INSTALL) --require-hashes --requirement requirements-test.txt
	@touch $@

$(BIN)/uv: | $(VENV)/.made
	$(PIP_INSTALL) uv

.cache/ansible/.installed: bench/requirements.txt
.cache/ftp-peers/.installed: bench/requirements-ftp.txt
.cache/mail-peers/.installed: bench/requirements-mail.txt

.cache/%/.installed:
	$(PYTHON) -m venv .cache/$*
	.cache/$*/bin/python -m pip --disable-pip-version-check install --quiet \
		--require-hashes --requirement $<
	@touch $@
