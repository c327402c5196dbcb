# Every habit by name. `make` alone lists them.

# The system's own Python before others: it is built by a profile and takes two thirds of the time of one compiled
# plainly, as pyenv's are. But first whoever can make an environment as it stands, with nothing to install.
PYTHONS = python3.13 python3.12 python3.11 python3
SYSTEM_PROGRAMS ?= /usr/bin
PYTHON ?= $(shell for needed in sys,ensurepip,venv sys; do for p in $(PYTHONS:%=$(SYSTEM_PROGRAMS)/%) $(PYTHONS); do \
	$$p -c "import $$needed; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && exit; done; done)
VAR_DIR ?= var
# Two more than the cores: what kills and restarts servers waits for them, and so does what looks at a browser.
WORKERS ?= 4
PY = .venv/bin/python

RUN_PACKAGES = libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
TEST_PACKAGES = chromium gettext nginx-light openssl poppler-utils
# The browser without windows, viewer and menus takes two thirds of the time; who has none takes the whole one.
WISHED_PACKAGES = chromium-headless-shell

# manage.py in the environment of `make run`, beside its servers or with servers of its own.
MANAGE = $(PY) -m hmis.supervisor manage
# Schemathesis has an environment of its own: its pins do not go together with the tests'.
export FUZZ ?= $(abspath $(VAR_DIR))/schemathesis
# The suite runs with VAR_DIR of its own: there this one, from outside, still holds.
export SCHEMATHESIS ?= $(FUZZ)/bin/st
# The locks are whole, so pip resolves nothing (--no-deps): asked to resolve, older pips leave the lock as soon as
# something newer than it is published.
AS_LOCKED = --require-hashes --no-deps
PIP = -m pip install -qq --disable-pip-version-check $(AS_LOCKED)
# What Python has compiled is kept, whatever the environment says: the suite starts it a hundred times.
unexport PYTHONDONTWRITEBYTECODE
# Tests have their own servers, so that they and an open hospital never meet.
BESIDE_SERVERS = VAR_DIR=$(VAR_DIR)/test exec $(PY) -m hmis.embedded exec --alone --
# For tools that only read settings.
AS_TOOL = HMIS_MODE=demo SECRET_KEY=for-tools-only DATABASE_URL=$${DATABASE_URL:-postgresql://nobody@127.0.0.1/none}
# What money, numbers and lives hang on: its coverage is held apart.
CORE = hmis/kernel/*.py,*/services/*,*/services.py,*/states.py,*/pricing.py
APPS = hmis facilities patients billing lab opd ipd reports abdm audit

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run setup setup-test setup-packages setup-programs test check bench bench-large covered soak schemathesis setup-schemathesis backup-drill coverage mutate planted fast all-tests lint types arch migrations catalogues \
	collected format seed newapp migrate measure messages states facts lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

## ── Running ──

run: setup ## open the hospital: everything it needs, on this machine
	@exec $(PY) -m hmis.supervisor

migrate: setup ## bring the database up to date
	@$(MANAGE) migrate

seed: setup ## the demo's people, patients and queue
	@$(MANAGE) seed_demo

## ── Checking ──

test: setup-packages ## everything: the checks, then the whole suite with a real browser
	@$(BESIDE_SERVERS) sh -c '$(MAKE) setup-programs & \
		$(MAKE) -j 2 collected setup-schemathesis lint types arch migrations; checked=$$?; \
		wait $$! || { $(MAKE) setup-programs; exit 1; }; \
		test $$checked = 0 && $(MAKE) catalogues && COPY_DATABASE=1 exec $(MAKE) all-tests'

check: setup-test ## the fast part, before every commit
	@$(BESIDE_SERVERS) $(MAKE) lint types arch migrations catalogues fast

bench: setup-test ## how fast, as a share of what the machine can do; BENCH_PATIENTS=1000000 for more on file
	@VAR_DIR=$(VAR_DIR)/bench exec $(PY) -m hmis.embedded exec --alone -- $(PY) -m benchmarks

bench-large: setup-test ## the same with ten million patients: an hour, 30 GB under var/bench-large
	@VAR_DIR=$(VAR_DIR)/bench-large BENCH_PATIENTS=$${BENCH_PATIENTS:-10000000} \
		exec $(PY) -m hmis.embedded exec --alone -- $(PY) -m benchmarks

schemathesis: setup-test setup-schemathesis ## every noun called as its schema says and as it says not to; SECONDS=600 for longer
	@SCHEMATHESIS_SECONDS=$(or $(SECONDS),20) SCHEMATHESIS_SEED=$${SCHEMATHESIS_SEED:-$$(date +%s)} $(BESIDE_SERVERS) $(PY) -m pytest tests/api/test_schemathesis.py --timeout 0

soak: setup-test setup-schemathesis ## the long walks over the money rules
	@HYPOTHESIS_PROFILE=soak $(BESIDE_SERVERS) $(PY) -m pytest -m slow --timeout 0

# Tests are read and compiled, and their database is made, once and beside the type checker, not by each worker.
collected:
	@out=$$($(PY) -m pytest -q --create-db --reuse-db -k every_worker_begins_with_what_is_known 2>&1) || { echo "$$out"; exit 1; }

all-tests:
	@exec $(PY) -m pytest -n $(WORKERS) --dist loadgroup

backup-drill: setup-test ## drop a table, restore to one second before, compare
	@$(BESIDE_SERVERS) $(PY) -m pytest tests/ops/test_backup_drill.py -n 1

coverage: setup-test ## what the quick tests walk, line by line and branch by branch
	@$(BESIDE_SERVERS) $(MAKE) covered

covered:
	@$(PY) -m pytest -n 2 -m "not slow and not browser" --cov --cov-report=
	@$(PY) -m coverage report --skip-covered --fail-under=93
	@$(PY) -m coverage report --skip-covered --include="$(CORE)" --fail-under=99
	@$(PY) -m coverage report --skip-covered --include="billing/*" --precision=2 --fail-under=100

mutate: setup-test ## the arithmetic changed line by line: which changes no test notices
	@rm -rf $(VAR_DIR)/mutate && mkdir -p $(VAR_DIR)/mutate
	@cp -r $(APPS) tests locale templates static pyproject.toml $(VAR_DIR)/mutate/
	@cd $(VAR_DIR)/mutate && $(abspath $(PY)) -m mutmut run --max-children 2 > mutmut.log 2>&1 || { tail -n 30 mutmut.log; exit 1; }
	@cd $(VAR_DIR)/mutate && $(abspath $(PY)) tests/runway/mutants.py 95

planted: setup-test ## faults planted in a lock, in visible_to, in numbers and in request keys: does a test turn red?
	@rm -rf $(VAR_DIR)/planted && mkdir -p $(VAR_DIR)/planted
	@cp -r $(APPS) tests locale templates static pyproject.toml $(VAR_DIR)/planted/
	@py=$(abspath $(PY)); cd $(VAR_DIR)/planted && VAR_DIR=$(VAR_DIR)/test PYTHONPATH=. $$py -m hmis.embedded exec --alone -- $$py tests/runway/plants.py

fast:
	@exec $(PY) -m pytest -n 2 -m "not slow and not browser"

lint: ## format, lint, templates
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m djlint --lint --quiet templates

types: ## mypy
	@$(AS_TOOL) $(PY) -m mypy $(APPS)

arch: ## who may import whom
	@.venv/bin/lint-imports

migrations: ## no model without its migration
	@$(AS_TOOL) $(PY) manage.py makemigrations --check --dry-run

catalogues: ## the compiled Hindi is the written Hindi
	@for po in locale/*/LC_MESSAGES/*.po; do \
		msgfmt --check-format -o - "$$po" | cmp - "$${po%.po}.mo" || { echo "$$po: run make messages"; exit 1; }; \
	done

## ── Writing ──

format: setup-test ## put the code in order
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

newapp: setup-test ## a new workflow app: make newapp NAME=pharmacy
	@$(MANAGE) newapp "$(NAME)"

messages: setup-test ## collect and compile the Hindi
	@$(AS_TOOL) $(PY) manage.py makemessages -l hi --no-wrap --no-location -i .venv -i var
	@$(AS_TOOL) $(PY) manage.py compilemessages -i .venv -i var

states: setup ## draw every state table into docs/states
	@$(AS_TOOL) $(PY) manage.py draw_states

facts: setup ## list every fact into docs/facts.md
	@$(AS_TOOL) $(PY) manage.py list_facts

measure: setup-test ## how long our files, functions and tests are
	@$(PY) tests/runway/measure.py $(APPS) tests

lock: setup-test ## pin anew what the requirements lead to
	@for part in requirements requirements-test requirements-schemathesis; do \
		.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-emit-find-links --custom-compile-command "make lock" $$part.txt -o $$part.lock || exit 1; \
	done

## ── Setting up ──

setup: $(PY) ## what the hospital needs to run
	@$(call system,$(RUN_PACKAGES))
	@$(call install,requirements.lock,$(PY) $(PIP) -r requirements.lock)

setup-test: setup-packages setup-programs

# What tests import and read.
setup-packages: $(PY)
	@$(call system,$(RUN_PACKAGES))
	@$(call install,requirements-test.lock,$(call by_uv,$(PY),requirements-test.lock))

# What tests start: on a fresh machine the browser comes while everything else is being checked.
setup-programs: $(PY)
	@$(call system,$(TEST_PACKAGES))
	@$(call wished,$(WISHED_PACKAGES))

setup-schemathesis: $(PY)
	@sum=$$(sha256sum < requirements-schemathesis.lock); test "$$sum" = "$$(cat $(FUZZ)/lock.sum 2>/dev/null)" || { \
		$(PY) -m venv --clear $(FUZZ) && $(call by_uv,$(FUZZ)/bin/python,requirements-schemathesis.lock) && \
		echo "$$sum" > $(FUZZ)/lock.sum; }

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		$(call system,$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')); }
	@$(PYTHON) -m venv .venv

# Installs a lock, in the way given, unless the very same lock was installed last.
define install
	sum=$$(sha256sum < $(1)); test "$$sum" = "$$(cat .venv/$(1).sum 2>/dev/null)" || { \
		echo "Installing the packages of $(1): once, a minute or two"; \
		$(2) && echo "$$sum" > .venv/$(1).sum; }
endef

# uv, which the tests' lock pins, takes a fifth of pip's time. Where it finds no way (a mirror that pip alone knows of,
# a line that hangs), pip goes on. Nothing is compiled ahead, so a first start of the hospital would gain nothing.
define by_uv
	{ awk '/^[^ ]/ { its = /^uv==/ } its' requirements-test.lock > .venv/uv.lock && $(PY) $(PIP) -r .venv/uv.lock && \
		timeout 180 .venv/bin/uv pip install -q --no-cache --python $(1) $(AS_LOCKED) -r $(2) 2> /dev/null || $(1) $(PIP) -r $(2); }
endef

# Installs the packages that make it quicker, where there are such.
define wished
	for package in $(1); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed && continue; \
		as_root=; test "$$(id -u)" = 0 || as_root="sudo -n"; \
		$$as_root apt-get install -qq -y --no-install-recommends $$package > /dev/null 2>&1 || \
			echo "Without $$package, which is quicker; it goes on as well."; \
	done
endef

# Installs the Debian or Ubuntu packages that are missing, or says the command and stops.
define system
	missing=; for package in $(1); do \
		dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || \
			missing="$$missing $$package"; done; \
	if test -n "$$missing"; then \
		if ! command -v apt-get > /dev/null; then echo "Not Debian or Ubuntu; trusting you to have:$$missing"; \
		elif test "$$(id -u)" = 0; then as_root=env; \
		elif sudo -n true 2>/dev/null; then as_root="sudo env"; \
		else echo "Run this, then make again:  sudo apt-get install$$missing" >&2; exit 1; fi; \
		test -z "$$as_root" || { $$as_root apt-get update -qq && \
			$$as_root DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; }; \
	fi
endef
