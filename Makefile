# Everything a contributor runs. `make` alone lists it.

PORT ?= 8000
export PORT

# Runs its arguments with a suitable Python: $PYTHON, that of .venv, or one found on the path.
PY = @sh scripts/python
# The tools of .venv, as modules: their scripts break when the folder is moved.
VENV = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run install test test-quick coverage lint docs format requirements audit bench services services-stop clean

help: ## Print this list
	@while IFS= read -r line; do \
		case $$line in \
			[a-z]*:*'## '*) printf '  make %-14s %s\n' "$${line%%:*}" "$${line#*## }" ;; \
		esac; \
	done < Makefile

run: ## Set everything up and serve the site: make run [PORT=8000] [PYTHON=python3.12]
	$(PY) -m scripts.run

install: ## Install the packages for development into .venv
	$(PY) -m scripts.environment requirements.txt requirements-dev.txt

test: install ## Run the tests on SQLite and on each service that is given: make test [ARGS="-k follow"]
	@$(VENV) -m scripts.suite $(ARGS)

test-quick: export TEST_DATABASE_URL =
test-quick: install ## Run the tests that need neither PostgreSQL nor a browser: make test-quick [ARGS="-k follow"]
	@$(VENV) -m scripts.suite -m "not browser and not programs" $(ARGS)

coverage: export TEST_DATABASE_URL =
coverage: install ## Tell which lines and branches the tests of `make test-quick` do not reach
	@$(VENV) -m scripts.suite -m "not browser and not programs" --cov --cov-report= $(ARGS)
	@$(VENV) -m coverage report --skip-covered
	@$(VENV) -m coverage json --quiet -o - | $(VENV) -c 'import json, sys; total = json.load(sys.stdin)["totals"]; \
		print("lines {percent_statements_covered:.2f} %, branches {percent_branches_covered:.2f} %".format(**total))'

lint: export CONFIGURATION = development
lint: export DATABASE_URL =
lint: install ## Check style, types, imports, spelling, documentation, migrations, translations and settings
	$(VENV) -m ruff check
	$(VENV) -m ruff format --check
	$(VENV) -m djlint --lint --quiet .
	$(VENV) -m mypy
	$(VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(VENV) -m codespell_lib
	$(VENV) -m mkdocs build --strict --quiet --site-dir site
	$(VENV) -m scripts.requirements --check
	$(VENV) -m pip check
	$(VENV) manage.py makemigrations --check --dry-run
	$(VENV) manage.py translate check
	$(VENV) manage.py check --fail-level WARNING
	@echo '$(VENV) manage.py check --deploy --fail-level WARNING'
	@CONFIGURATION=production ALLOWED_HOSTS=example.org LOG_TO_STDOUT=1 \
		SECRET_KEY="$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		$(VENV) manage.py check --deploy --fail-level WARNING

docs: install ## Show the documentation as a site, on port 8001
	$(VENV) -m mkdocs serve --strict --dev-addr 127.0.0.1:8001

format: install ## Format the code
	$(VENV) -m ruff check --fix-only
	$(VENV) -m ruff format

requirements: install ## Compile requirements*.txt anew from requirements*.in
	$(VENV) -m scripts.requirements

audit: install ## Look for known vulnerabilities in the packages (needs a network)
	@$(VENV) -m scripts.audit

bench: install ## Measure speed under load (needs PostgreSQL and wrk): make bench [SET=s|m|l] [ONLY=home]
	@$(VENV) -m bench.load pages "$(SET)" "$(ONLY)"

services: ## Start private servers for the tests: eval "$(make -s services)"
	$(PY) -m scripts.servers start

services-stop: ## Stop the servers that `make services` started
	$(PY) -m scripts.servers stop

clean: services-stop ## Remove what was installed and generated; the database and .env stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage staticfiles site
