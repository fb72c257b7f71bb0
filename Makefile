PYTHON ?= python3
BIN := .venv/bin

.PHONY: chat test check

chat: .venv/installed
	$(BIN)/assistant index corpus/documents
	$(BIN)/assistant chat

test: .venv/tested
	$(BIN)/python -m pytest --ignore=tests/browser --numprocesses auto --maxprocesses 4 --dist loadfile

check: .venv/checked
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

.venv/checked: .venv/tested
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[test,dev]'
	touch $@
