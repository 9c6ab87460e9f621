# Everything runs in a virtual environment of its own, made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
QUICKSTART ?= runs/quickstart

.PHONY: quickstart test lint types docs benchmark faults mutants oldest extras clean

# Learn digits from 30 labels without and with unlabelled images, and say which is better (three minutes on two cores).
quickstart: $(VENV)/.installed
	$(BIN)/contentmix compare supervised fixmatch --data digits --labels 30 --network wrn-10-1 --batch-size 20 --lr 0.1 \
		--warmup-epochs 0 --epochs 1 --epoch-steps 400 --jobs 2 --out $(QUICKSTART)

# The tests' networks are tiny: two processes of one thread each are faster than one of two.
test: $(VENV)/.installed-dev
	$(MAKE) --no-print-directory -j 2 lint types docs
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/tables.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

benchmark: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks --record

# Change each formula in turn and see which change no test notices (hours; `mutmut show NAME` prints one). Survivors that
# change nothing are in tests/mutation/survivors.md, any other one asks for a test. Results are kept: rm -rf mutants begins anew.
# MUTANTS are names or patterns of some; MUTANT_SECONDS how long a mutant is tried. Some grow arrays without end: 8 GB are enough.
mutants: $(VENV)/.installed-dev
	ulimit -v 8000000 2>/dev/null; OMP_NUM_THREADS=1 $(BIN)/mutmut run --max-children 2 $(MUTANTS)
	$(BIN)/mutmut results

# Kills, damage, full disks and nonsense in full: up to an hour on two cores. What was tried goes to docs/records/faults.json.
faults: $(VENV)/.installed-dev
	FAULTS=full FAULTS_RECORD=$(CURDIR)/docs/records/faults.json OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/faults

# The tests on the oldest versions that pyproject.toml takes of what the networks and the training loop rest on.
OLDEST := torch==2.11.0 torchvision==0.26.0 timm==1.0.31 pytorch-lightning==2.6.0
oldest:
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/pip install --quiet --disable-pip-version-check -e '.[dev]' $(OLDEST)
	OMP_NUM_THREADS=1 $(VENV)-oldest/bin/python -m pytest -n 2 --dist loadscope

# The tests that only run where what they are of is installed: wandb offline, MLflow on a local store, generated corruptions.
extras:
	$(PYTHON) -m venv $(VENV)-extras
	$(VENV)-extras/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,wandb,mlflow,corruptions]'
	OMP_NUM_THREADS=1 $(VENV)-extras/bin/python -m pytest tests/training/test_loggers.py tests/data/test_corruptions.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-extras build site mutants
