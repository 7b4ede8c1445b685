"""
What every other module reads: the environment, `.env` in the project's folder, and which configuration was chosen.

An empty variable counts as not set. `.env.example` lists every variable with its default.
"""

import os
import tomllib
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = environ.Env()
env.read_env(BASE_DIR / ".env")
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}

CONFIGURATIONS = ("development", "testing", "production")
# A variable that was forgotten must not open a site.
CONFIGURATION = env.str("CONFIGURATION", default="production")
if CONFIGURATION not in CONFIGURATIONS:
    raise ImproperlyConfigured(
        f"CONFIGURATION is {CONFIGURATION!r}: set it to one of {', '.join(CONFIGURATIONS)}, or leave it empty for "
        "production."
    )

# The variable that CONFIGURATION replaced. A site that sets it would start in a configuration that was not chosen.
if (debug := env.ENVIRON.get("DEBUG")) is not None:
    meant = "development" if env.parse_value(debug, bool) else "production"
    raise ImproperlyConfigured(
        f"DEBUG is set to {debug!r}, in the environment or in .env, and is no longer a variable of the site. "
        f"Remove it, and set CONFIGURATION={meant} instead."
    )

# Former names of variables. A site that sets one would start with the default instead of its own value.
RENAMED = {"RATE_LIMIT_API_ADDRESS": "RATE_LIMIT_API_IP"}
if renamed := sorted(set(RENAMED) & set(env.ENVIRON)):
    raise ImproperlyConfigured(
        " ".join(f"{old} is now called {RENAMED[old]}: rename it, in the environment or in .env." for old in renamed)
    )
