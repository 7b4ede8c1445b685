"""What the site consists of: apps, middleware, templates, database, languages, and what it is to its users."""

from pathlib import Path

from .api import CORS_ALLOWED_ORIGINS
from .configuration import configuration
from .environment import BASE_DIR, env

# --- Core ---

# Pages of errors show tracebacks and settings; the development server serves static files.
DEBUG = configuration.DEBUG

INSTALLED_APPS = [
    "microblog.core",
    "jobs",
    "audit",
    "api",
    "accounts",
    "accounts.security",
    "relationships",
    "messaging",
    "posts",
    "posts.reactions",
    "posts.translation",
    "blog",
    "repositories",
    "exports",
    "imports",
    "search",
    "moderation",
    "moderation.bulk",
    "operations",
    # `manage.py translate`.
    "scripts",
    "microblog.core.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts.security.apps.UserSessionsConfig",
    "crispy_forms",
    "crispy_bootstrap3",
    "csp",
    "django_elasticsearch_dsl",
    "django_htmx",
    "django_rq",
    "rest_framework",
    "corsheaders",
    "drf_spectacular",
]

MIDDLEWARE = [
    "microblog.core.middleware.assign_request_id",
    "microblog.core.performance.urls.script_prefix",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "microblog.core.middleware.require_utf8",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "microblog.core.middleware.HTMLCompressionMiddleware",
    "microblog.core.middleware.security_headers",
    "operations.middleware.observe",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "microblog.core.middleware.error_pages",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "api.middleware.ignore_session",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "microblog.core.middleware.LoginRequiredMiddleware",
    "accounts.security.middleware.session_lifetime",
    "accounts.middleware.viewer",
    "moderation.middleware.SuspensionMiddleware",
    "accounts.security.middleware.staff_second_factor",
]

ROOT_URLCONF = "microblog.urls"
WSGI_APPLICATION = "microblog.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "microblog" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "microblog.core.context_processors.site",
                "operations.context_processors.degraded",
            ],
            "libraries": {"i18n": "microblog.core.templatetags.isolating_i18n"},
        },
    },
]
# Two libraries are called i18n on purpose: the site's replaces Django's. test_bidi.py holds that no others do.
SILENCED_SYSTEM_CHECKS = ["templates.W003"]
CRISPY_TEMPLATE_PACK = "bootstrap3"

# Whether each process keeps compiled queries, rendered fragments and URLs in memory (`microblog.core.performance`).
PERFORMANCE_CACHES = True

# Web processes on this machine, as gunicorn reads it; with several, each needs the cache of the others.
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", default=1)

# --- Database ---

# An SQLite file by default; postgres://user:password@host:5432/name in production.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'app.db'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A web process and a worker share the file: readers never wait for a writer, writers wait in line.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "microblog.postgresql"
    # Seconds that a connection is kept open between requests.
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that is away is noticed within seconds, while a page can still say so.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }

# --- The site ---

SITE_NAME = env.str("SITE_NAME", default="Microblog")
# Who runs the site and how to reach them, shown on the About page.
OPERATOR_NAME = env.str("OPERATOR_NAME", default="")
OPERATOR_CONTACT = env.str("OPERATOR_CONTACT", default="")
# Where vulnerabilities are reported, an email address or a URL; shown in /.well-known/security.txt.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")

# --- Posts ---

# Rows on a page of every list.
POSTS_PER_PAGE = env.int("POSTS_PER_PAGE", default=25)
# Longest post, in characters as a person counts them; 5000 at most.
POST_MAX_LENGTH = env.int("POST_MAX_LENGTH", default=140)

# --- The blog ---

# Extensions of Python-Markdown, separated by commas; their HTML is sanitised as all of it.
MARKDOWN_EXTENSIONS = env.list("MARKDOWN_EXTENSIONS", default=["fenced_code", "tables", "footnotes", "codehilite"])

# --- Messages and notifications ---

# Longest private message, in characters as a person counts them; 5000 at most.
MESSAGE_MAX_LENGTH = env.int("MESSAGE_MAX_LENGTH", default=140)
# Days for which notifications are kept, read or not.
NOTIFICATION_DAYS = env.int("NOTIFICATION_DAYS", default=90)

# --- Moderation ---

# Days after a case closed until its evidence is deleted, and after a decision for which the person may answer it.
EVIDENCE_DAYS = env.int("EVIDENCE_DAYS", default=30)

# --- Exports ---

# Folder of the archives that people ask for; every web process and worker must reach it.
EXPORT_FOLDER = Path(env.str("EXPORT_FOLDER", default=str(BASE_DIR / "archives")))
# Days for which an archive can be downloaded.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)

# --- Languages and times ---

LANGUAGE_CODE = "en"
# Each by its own name, so that its speakers recognize it on a page in any language.
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
# Formats of dates that Django lacks.
FORMAT_MODULE_PATH = "microblog.formats"
TIME_ZONE = "UTC"

# --- Static files ---

STATIC_URL = "/static/"
STATIC_ROOT = configuration.STATIC_ROOT
STATICFILES_DIRS = [BASE_DIR / "microblog" / "static"]
STATICFILES_FINDERS = [
    "microblog.core.static_files.SheetFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Archives of what people wrote. Never served but to their owners; web processes and workers share it.
    "exports": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": EXPORT_FOLDER,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": configuration.STATIC_FILES_BACKEND},
}
