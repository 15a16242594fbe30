# Needs only Python 3.11 or newer with its venv module, make and git. `make` alone lists what there is.
# PYTHON=/path/to/python3 names the Python that .venv is made with.

help:
	@sed -n 's/^## //p' Makefile

## make run         the cockpit on the demo (makes .venv on the first start)
run:
	@sh tools/ready.sh run
	@echo 'cockpit starting on the demo'
	@exec .venv/bin/python -P -m ircockpit demo

## make test        linters, types, layering, and all tests but the long ones
## make test-long   the long suites
## make test-live   all tests against real third-party servers; installs those that are missing (2.7 GB, kept in .live)
test test-long test-live:
	@sh tools/ready.sh test
	@exec .venv/bin/python tools/check.py $@

## make bench       the measurements
bench:
	@sh tools/ready.sh test
	@exec .venv/bin/python tools/check.py bench

## make playbooks   the shipped playbooks anew from tools/library
playbooks:
	@sh tools/ready.sh test
	@exec .venv/bin/python -P tools/playbooks.py

## make docs        docs/commands.md, keys.md, cheatsheet.md, playbooks.md, screens.md and connectors.md anew
docs:
	@sh tools/ready.sh test
	@exec .venv/bin/python -P tools/docs.py

## make screens     the pictures in docs/screens/ anew, from the running program
screens:
	@sh tools/ready.sh test
	@exec .venv/bin/python -P tools/screens.py

## make lock        resolve the locked requirements anew (LOCK=--upgrade for newer versions)
lock:
	@sh tools/ready.sh test
	@exec .venv/bin/python tools/lock.py $(LOCK)

## make clean       remove .venv and caches
clean:
	@rm -rf .venv .live build dist src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests bench tools -type d -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help run test test-long test-live bench playbooks docs screens lock clean
.NOTPARALLEL:
