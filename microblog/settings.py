"""
Settings of the site, read once from the environment and from `.env` in the project's folder.

An empty variable counts as not set. `.env.example` lists every variable with its default.
"""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")
env.ENVIRON = {name: value for name, value in os.environ.items() if value.strip()}

# --- Core ---

# Error pages with tracebacks, the development server's static files, mail on the console. Never on in public.
DEBUG = env.bool("DEBUG", default=False)

# Signs sessions and tokens. With DEBUG off there is no fallback, and the one below is refused.
PUBLISHED_SECRET_KEYS = ("you-will-never-guess",)
SECRET_KEY = env.str("SECRET_KEY", default=PUBLISHED_SECRET_KEYS[0] if DEBUG else "")
if not DEBUG and (not SECRET_KEY or SECRET_KEY in PUBLISHED_SECRET_KEYS):
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to a random value of your own when DEBUG is off. Make one with: "
        "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )

# Host names the site answers to, separated by commas.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
# Origins trusted with unsafe requests, with scheme, separated by commas; needed behind some proxies.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "microblog.core",
    "audit",
    "accounts",
    "posts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap3",
    "csp",
    "django_htmx",
    "django_rq",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "microblog.core.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "microblog.core.middleware.error_pages",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "microblog.core.middleware.LoginRequiredMiddleware",
    "accounts.middleware.viewer",
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
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap3"
CRISPY_TEMPLATE_PACK = "bootstrap3"

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
    # A file, because threads of a test cannot share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": BASE_DIR / "test_app.db"}
else:
    # Seconds that a connection is kept open between requests.
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# --- Jobs and cache ---

# redis://host:6379/0 for the job queues and the cache. Without it jobs run in a thread of the web process, and
# each process has a cache of its own.
REDIS_URL = env.str("REDIS_URL", default="")
# Long enough for a Redis under load, short enough that a silent one holds no page up for long.
REDIS_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
RQ_QUEUES = {
    queue: {"URL": REDIS_URL, "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 0.5}}
    for queue in ("microblog-tasks", "microblog-mail")
}
RQ = {"COMMIT_MODE": "auto"}
# Registered for superusers alone by microblog.core.admin.
RQ_SHOW_ADMIN_LINK = False
CACHES = {
    "default": {
        "BACKEND": "microblog.core.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "microblog",
        "OPTIONS": REDIS_TIMEOUTS,
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Accounts ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
    {"NAME": "accounts.validators.SiteNameValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "posts:home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm", "signup": "accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_USERNAME_VALIDATORS = "accounts.validators.username_validators"
ACCOUNT_EMAIL_MAX_LENGTH = 120
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "posts:home"
# Largest number of names that one person may hold, the current one and former ones together.
USERNAMES_PER_USER = 10
# Days within which somebody who deleted their account may come back.
ACCOUNT_DELETION_DAYS = env.int("ACCOUNT_DELETION_DAYS", default=14)

# --- Posts ---

# Rows on a page of every list.
POSTS_PER_PAGE = env.int("POSTS_PER_PAGE", default=25)
# Longest post, in characters as a person counts them; 5000 at most.
POST_MAX_LENGTH = env.int("POST_MAX_LENGTH", default=140)

# --- The site ---

SITE_NAME = env.str("SITE_NAME", default="Microblog")
# Who runs the site and how to reach them, shown on the About page.
OPERATOR_NAME = env.str("OPERATOR_NAME", default="")
OPERATOR_CONTACT = env.str("OPERATOR_CONTACT", default="")

# --- Languages and times ---

LANGUAGE_CODE = "en"
# Each under its own name, so that whoever reads it finds it whatever the page is in.
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Static files ---

STATIC_URL = "/static/"
# With DEBUG on, files are served from where they are written.
STATIC_ROOT = None if DEBUG else BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "microblog" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Security ---

# The site is reached over HTTPS: redirects, secure cookies and HSTS. On unless DEBUG is on.
HTTPS = env.bool("HTTPS", default=not DEBUG)
# Reverse proxies in front of the site; their X-Forwarded-For and X-Forwarded-Proto are believed, no others.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "microblog.core.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- Logging ---

# Any value: log to standard output; otherwise to logs/microblog.log. With DEBUG on, always to the console.
LOG_TO_STDOUT = bool(env.str("LOG_TO_STDOUT", default="")) or DEBUG
if not LOG_TO_STDOUT:
    (BASE_DIR / "logs").mkdir(exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s: %(message)s [in %(pathname)s:%(lineno)d]"},
    },
    "handlers": {
        "log": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "line",
        }
        if LOG_TO_STDOUT
        else {
            "class": "logging.handlers.RotatingFileHandler",
            "filename": BASE_DIR / "logs" / "microblog.log",
            "maxBytes": 10240,
            "backupCount": 10,
            "delay": True,
            "formatter": "line",
        },
    },
    "root": {"handlers": ["log"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["log"], "level": "INFO", "propagate": False}},
}
