PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench install browser node clients audits tag clean

install: $(VENV)/installed
$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable . --group dev
	touch $@

demo: install
	$(BIN)/rollcall demo

browser:
	@command -v chromium >/dev/null && command -v strace >/dev/null \
	|| { apt-get update -qq && apt-get install -y -qq chromium strace fonts-dejavu-core; } >/dev/null 2>&1 \
	|| echo "Chromium or strace is missing and could not be installed: tests that need them will say so."

node:
	@command -v node >/dev/null && command -v npm >/dev/null \
	|| { apt-get update -qq && apt-get install -y -qq nodejs npm; } >/dev/null 2>&1 \
	|| echo "Node.js or npm is missing and could not be installed: tests that need them will say so."

audits: node
	@cd tests/graphql/npm && { test node_modules/.package-lock.json -nt package-lock.json || npm ci --ignore-scripts --silent; } \
	|| echo "The packages of tests/graphql/npm could not be installed: tests that need them will say so."

clients: node
	@cd tests/wire && { test node_modules/.package-lock.json -nt package-lock.json || npm ci --ignore-scripts --silent; } \
	|| echo "The clients of tests/wire could not be installed: tests that need them will say so."

# static/tag.min.js, which is served as /tag.js, of static/tag.js
tag: node
	@cd tests/tag/minifier && { test node_modules/.package-lock.json -nt package-lock.json || npm ci --silent; } \
	&& npm run --silent minify > tag.min.js && mv tag.min.js ../../../static/

test: install browser clients audits
	$(BIN)/pytest -n 2 --dist worksteal -q

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.graphql.breaking

bench: install
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
