import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from django.conf import settings

from microblog.settings import development, production, testing
from tests.helpers.variables import MODULES, READ

EXAMPLE = settings.BASE_DIR / ".env.example"


MAIL = {
    "SECRET_KEY": "x" * 50,
    "LOG_TO_STDOUT": "1",
    "MAIL_SERVER": "smtp.example.org",
    "ADMINS": "a@example.org,b@example.org",
}
SHOWN = ["CONFIGURATION", "DEBUG", "POSTS_PER_PAGE", "HTTPS", "DATABASES['default']['ENGINE']"]


def start(shown=SHOWN, code="", folder=settings.BASE_DIR, **environment):
    """Load the settings, or run `code`, in a separate process in `folder` and return the completed process."""
    names = READ
    # Set but empty, so that a .env file of this checkout has no effect.
    environment = os.environ | dict.fromkeys(names, "") | environment
    code = code or f"from microblog import settings as s\nprint({', '.join('s.' + name for name in shown)})"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """Return a folder with a copy of the settings, which write into it."""
    shutil.copytree(settings.BASE_DIR / "microblog" / "settings", tmp_path / "microblog" / "settings")
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_variable_is_in_the_example_and_no_other():
    read = set(READ)
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert "SECRET_KEY" in read
    assert read == listed


def test_nothing_but_the_settings_reads_the_environment():
    modules = [
        path
        for package in settings.BASE_DIR.glob("*/__init__.py")
        if package.parent.name not in ("bench", "scripts")
        for path in package.parent.rglob("*.py")
        # backups.py passes it to PostgreSQL's programs.
        if "tests" not in path.parts and path not in MODULES and path.name not in ("wsgi.py", "backups.py")
    ]
    linted = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {path.relative_to(settings.BASE_DIR).parts[0] for path in modules} == set(linted["root_packages"])
    (forbidden,) = (contract for contract in linted["contracts"] if contract["type"] == "forbidden")
    assert forbidden["source_modules"] == linted["root_packages"]
    assert [path for path in modules if "environ" in path.read_text()] == []


def test_empty_variables_fall_back():
    started = start(CONFIGURATION="development", POSTS_PER_PAGE="")
    assert started.stdout.split() == ["development", "True", "25", "False", "django.db.backends.sqlite3"]


def test_configurations_differ_in_the_same_names():
    modules = (development, testing, production)
    listed = [{name for name in vars(module) if name.isupper() and name != "BASE_DIR"} for module in modules]
    assert len(listed[0]) > 10
    assert listed[0] == listed[1] == listed[2]


def test_tests_run_in_their_own_configuration():
    assert settings.CONFIGURATION == "testing"


def test_unknown_configuration_is_refused_with_the_list_of_names():
    refused = start(CONFIGURATION="prod")
    assert refused.returncode != 0
    assert "CONFIGURATION is 'prod': set it to one of development, testing, production" in refused.stderr


@pytest.mark.parametrize(
    ("debug", "meant"),
    [("1", "development"), ("True", "development"), ("0", "production"), ("x", "production")],
)
@pytest.mark.parametrize("chosen", ["", "production"])
def test_debug_is_refused_and_its_replacement_is_named(debug, meant, chosen):
    refused = start(DEBUG=debug, SECRET_KEY="x" * 50, LOG_TO_STDOUT="1", CONFIGURATION=chosen)
    assert refused.returncode != 0
    assert f"Remove it, and set CONFIGURATION={meant} instead." in refused.stderr


def test_former_name_of_a_variable_is_refused_and_the_new_one_is_named():
    refused = start(RATE_LIMIT_API_ADDRESS="100/5m", CONFIGURATION="development")
    assert refused.returncode != 0
    assert "RATE_LIMIT_API_ADDRESS is now called RATE_LIMIT_API_IP" in refused.stderr


def test_debug_in_the_env_file_is_refused_too(copy):
    (copy / ".env").write_text("CONFIGURATION=development\nDEBUG=1\n")
    environment = {name: value for name, value in os.environ.items() if name not in READ}
    refused = subprocess.run(
        [sys.executable, "-c", "import microblog.settings"],
        cwd=copy,
        env=environment | {"PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Remove it, and set CONFIGURATION=development instead." in refused.stderr


def test_make_run_writes_the_development_configuration(tmp_path):
    shutil.copy(EXAMPLE, tmp_path)
    code = f"import pathlib; from scripts import run; run.ROOT = pathlib.Path({str(tmp_path)!r}); run.write_env()"
    subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, check=True)
    assert "CONFIGURATION=development\n" in (tmp_path / ".env").read_text()


def test_views_are_loaded_before_the_first_request(tmp_path):
    code = "import microblog.wsgi, os, sys; print('posts.timelines.views' in sys.modules, flush=True); os._exit(0)"
    started = start(code=code, CONFIGURATION="testing", DATABASE_URL=f"sqlite:///{tmp_path}/app.db")
    assert started.stdout.splitlines()[-1:] == ["True"], started.stderr


@pytest.mark.parametrize("key", ["", development.SECRET_KEY, testing.SECRET_KEY])
def test_missing_or_published_secret_refuses_to_start_in_public(key):
    refused = start(SECRET_KEY=key)
    assert refused.returncode != 0
    assert "SECRET_KEY must be set" in refused.stderr


def test_public_site_uses_https_by_default_and_accepts_both_postgresql_schemes():
    started = start(SECRET_KEY="x" * 50, LOG_TO_STDOUT="1", DATABASE_URL="postgres://u:p@db/microblog")
    assert started.stdout.split() == ["production", "False", "25", "True", "microblog.postgresql"]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"CONFIGURATION": "development", "ALLOWED_HOSTS": "example.org"}, "CONFIGURATION is development"),
        ({"CONFIGURATION": "testing", "ALLOWED_HOSTS": "example.org"}, "CONFIGURATION is testing"),
        ({"SECRET_KEY": "x" * 50, "LOG_TO_STDOUT": "1"}, "ALLOWED_HOSTS is empty"),
    ],
)
def test_server_refuses_to_start_with_tracebacks_in_public_or_with_no_host(environment, message):
    refused = start(code="import microblog.wsgi", **environment)
    assert refused.returncode != 0
    assert message in refused.stderr


def test_mail_server_turns_on_outgoing_mail_and_email_confirmation():
    shown = ["MAIL_GOES_TO", "ACCOUNT_EMAIL_VERIFICATION", "DEFAULT_FROM_EMAIL", "EMAIL_PORT", "SITE_URL"]
    started = start(shown, **MAIL, ALLOWED_HOSTS=".example.org,www.example.org")
    assert started.stdout.split() == ["mailbox", "mandatory", "a@example.org", "25", "https://www.example.org"]


@pytest.mark.parametrize(("configuration", "goes_to"), [("development", "console"), ("production", "nowhere")])
def test_without_a_mail_server_new_users_are_signed_in(configuration, goes_to):
    environment = MAIL | {"CONFIGURATION": configuration, "MAIL_SERVER": ""}
    started = start(["MAIL_GOES_TO", "ACCOUNT_EMAIL_VERIFICATION"], **environment)
    assert started.stdout.split() == [goes_to, "optional"]


@pytest.mark.parametrize(
    ("value", "on"), [("", "False"), ("0", "False"), ("false", "False"), ("1", "True"), ("on", "True")]
)
def test_tls_is_on_only_for_a_true_value(value, on):
    started = start(["EMAIL_USE_TLS"], **MAIL, MAIL_USE_TLS=value, SITE_URL="https://example.org")
    assert started.stdout.split() == [on]


@pytest.mark.parametrize(
    ("configuration", "value", "on"),
    [
        *[("production", value, False) for value in ("", "0", "false", "Off", "no")],
        *[("production", value, True) for value in ("1", "true", "on", "stdout")],
        *[("development", "", True), ("development", "0", False)],
    ],
)
def test_log_goes_to_standard_output_for_any_but_a_false_value(copy, configuration, value, on):
    started = start(
        ["LOG_TO_STDOUT"],
        folder=copy,
        CONFIGURATION=configuration,
        SECRET_KEY="x" * 50,
        LOG_TO_STDOUT=value,
        PYTHONPATH="",
    )
    assert started.stdout.split() == [str(on)]
    assert (copy / "logs").exists() == (not on)


@pytest.mark.parametrize(
    ("missing", "message"), [("ADMINS", "ADMINS must name"), ("ALLOWED_HOSTS", "SITE_URL must be set")]
)
def test_mail_without_a_sender_or_links_refuses_to_start(missing, message):
    refused = start(**MAIL | {"ALLOWED_HOSTS": "example.org"} | {missing: ""})
    assert refused.returncode != 0
    assert message in refused.stderr


def test_cookies_of_a_public_site_are_secure_and_http_only():
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE"]
    names += ["CSRF_COOKIE_HTTPONLY", "LANGUAGE_COOKIE_NAME", "THEME_COOKIE_NAME"]
    started = start(names, SECRET_KEY="x" * 50, LOG_TO_STDOUT="1")
    assert started.stdout.split() == [
        *("__Host-sessionid", "True", "__Host-csrftoken", "True", "True", "__Host-language", "__Host-theme")
    ]
    # Django's default.
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
