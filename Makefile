# `make run` does everything from an empty checkout to the customers most at risk; `make test` runs the tests.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements.lock
AS_OF ?= today
LAKE := $(or $(STAYLINE_LAKE),data/lake)
SCORES := $(or $(STAYLINE_SCORES),serving/out/scores.parquet)
export BENTOML_DO_NOT_TRACK := True

.PHONY: run score nightly check-csv test drills mutants lint install simulate clean lock

run: check-csv install
ifneq ($(origin CSV),undefined)
	$(BIN)/python -m data load "$(CSV)" --as-of $(AS_OF) --if-changed
else
	@test -e "$(LAKE)/manifest.json" || $(BIN)/python -m data simulate
endif
	$(BIN)/python -m feature_repo apply
	$(BIN)/python -m training run
	$(BIN)/python -m serving materialize
	$(BIN)/python -m serving score --all --out $(SCORES) --top 20
	@$(BIN)/python -m training show --brief
	@echo "To call feast, bentoml and python by their names:  . $(VENV)/bin/activate"

# This month's customers, who need no label: the next edition of the base, scored by the champion that is there.
score: install
ifeq ($(origin CSV),undefined)
	@echo "CSV is missing; give a path: make score CSV=path/to/customers.csv" >&2; exit 1
endif
	$(BIN)/python -m data load "$(CSV)" --as-of $(AS_OF)
	$(BIN)/python -m feature_repo apply
	$(BIN)/python -m serving materialize
	$(BIN)/python -m serving score --all --out $(SCORES) --top 20

# What a night brings: a folder with what is new of a history. Safe to run again, and to go on after a crash.
nightly: install
ifeq ($(origin NEW),undefined)
	@echo "NEW is missing; give a folder: make nightly NEW=path/to/folder" >&2; exit 1
endif
	@$(BIN)/python scripts/nightly.py "$(NEW)" --as-of $(AS_OF) --scores $(SCORES)

# The file to be loaded is looked for before minutes are spent on anything else.
check-csv:
ifneq ($(origin CSV),undefined)
	@test -e "$(CSV)" || { \
		echo "CSV=$(CSV) names no file; give a path: make run CSV=path/to/Telco-Customer-Churn.csv" >&2; exit 1; }
endif

# Puts a new simulated base, up to this month, in the place of whatever lies in the lake.
simulate: install
	$(BIN)/python -m data simulate --replace

# Two at a time, a file's tests together: they share servers. In the order of the files, so that no long one is last.
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# What docs/reliability.md tells of, at full length.
drills: install
	STAYLINE_DRILLS=long $(BIN)/python -m pytest -m drill

# Which faults in the rules that [tool.mutmut] of pyproject.toml names no test would notice. It takes long; of one module:
# make mutants ONLY=serving/model/segments.py
mutants: install
	$(BIN)/mutmut run $(if $(ONLY),'$(subst /,.,$(ONLY:.py=)).*')
	$(BIN)/mutmut results

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# uv is several times as fast. Where only pip is set up for the package index in use, pip does it. Of the byte code
# only that of what the commands import is written: the first start is then as fast as the next.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
install: $(VENV)/.installed

$(VENV)/.installed: $(LOCK) pyproject.toml
	@echo "Installing into $(VENV); this takes a few minutes the first time."
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' $(LOCK) > $(VENV)/uv.txt
	$(PIP_INSTALL) --require-hashes --no-deps -r $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps -r $(LOCK) || { \
		echo "uv could not install; pip takes over, which is slower."; \
		$(PIP_INSTALL) --require-hashes --no-deps -r $(LOCK); }
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	$(BIN)/python scripts/byte_code.py
	touch $@

# Everything that running made, but for the models: those are in the BentoML store.
clean:
	rm -rf data/lake data/.lake-* data/truth data/.truth-* feature_repo/data training/runs serving/out mutants

# Needs uv. The GPU collectives that xgboost pulls in (300 MB) are left out: nothing here trains on a GPU.
UV_COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
	--no-emit-package nvidia-nccl-cu12 --no-emit-package nvidia-nccl-cu13
lock:
	$(UV_COMPILE) pyproject.toml --extra training --extra dev -o $(LOCK)
	$(UV_COMPILE) pyproject.toml -c $(LOCK) -o serving/requirements.lock
