# Commands for contributors. `make` lists them.

PORT ?= 8000
export PORT

# Runs its arguments with a suitable Python: $PYTHON, that of .venv, or one found on the path.
PY = @sh scripts/python
# The tools of .venv, as modules: their scripts break if the folder is moved.
VENV = .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help run install test test-quick coverage lint docs format requirements audit bench services services-stop clean

help: ## List the commands
	@while IFS= read -r line; do \
		case $$line in \
			[a-z]*:*'## '*) printf '  make %-14s %s\n' "$${line%%:*}" "$${line#*## }" ;; \
		esac; \
	done < Makefile

run: ## Set up everything and serve the site: make run [PORT=8000] [PYTHON=python3.12]
	$(PY) -m scripts.run

install: ## Install the packages for development into .venv
	$(PY) -m scripts.environment requirements.txt requirements-dev.txt

test: install ## Run the tests on SQLite and on each service that is configured: make test [ARGS="-k follow"]
	@$(VENV) -m scripts.suite $(ARGS)

test-quick: export TEST_DATABASE_URL =
test-quick: install ## Run the tests that need no PostgreSQL, browser or programs: make test-quick [ARGS="-k follow"]
	@$(VENV) -m scripts.suite -m "not browser and not programs" $(ARGS)

coverage: export TEST_DATABASE_URL =
coverage: install ## Print the lines and branches that `make test-quick` does not cover
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
	$(VENV) -m codespell_lib --dictionary - --dictionary scripts/words.txt
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

docs: install ## Serve the documentation as a website, on port 8001
	$(VENV) -m mkdocs serve --strict --dev-addr 127.0.0.1:8001

format: install ## Format the code
	$(VENV) -m ruff check --fix-only
	$(VENV) -m ruff format

requirements: install ## Compile requirements*.txt from requirements*.in
	$(VENV) -m scripts.requirements

audit: install ## Check the packages for known vulnerabilities (needs a network)
	@$(VENV) -m scripts.audit

bench: install ## Measure performance under load (needs PostgreSQL and wrk): make bench [SET=s|m|l] [ONLY=home]
	@$(VENV) -m bench.load pages "$(SET)" "$(ONLY)"

services: ## Start private servers for the tests: eval "$(make -s services)"
	$(PY) -m scripts.local_services start

services-stop: ## Stop the servers that `make services` started
	$(PY) -m scripts.local_services stop

clean: services-stop ## Delete installed and generated files; keep the database and .env
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage staticfiles site
