# The two commands of the README are `make run` and `make test`; everything else is a part of them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock

.PHONY: install lock
install: $(VENV)/.installed

$(VENV)/.installed: $(LOCK) pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# Needs uv. The GPU collectives that xgboost pulls in (300 MB) are left out: nothing here trains on a GPU.
UV_COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
	--no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13
lock:
	$(UV_COMPILE) pyproject.toml --extra training --extra dev -o $(LOCK)
	$(UV_COMPILE) pyproject.toml -c $(LOCK) -o serving/requirements.lock
