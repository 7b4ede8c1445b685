"""Security: keys, hosts, HTTPS, cookies, and what browsers may do on the pages of the site."""

from django.core.exceptions import ImproperlyConfigured

from . import development, testing
from .configuration import configuration
from .environment import env
from .mail import MAIL_SERVER

# The site is open to the public: its files, its Redis and its settings are checked for what others could read or do.
IS_PUBLIC = configuration.IS_PUBLIC
# Signs sessions and tokens. A public site has no fallback, and refuses those that are published with the code.
SECRET_KEY = env.str("SECRET_KEY", default=configuration.SECRET_KEY)
if IS_PUBLIC and SECRET_KEY in ("", development.SECRET_KEY, testing.SECRET_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY must be set to a random value of your own when CONFIGURATION is production, as it is by default. "
        "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
# Former values of SECRET_KEY that still open what was signed and encrypted with them, separated by commas.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Host names the site answers to, separated by commas.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=configuration.ALLOWED_HOSTS)
# Origins trusted with unsafe requests, with scheme, separated by commas; needed behind some proxies.
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# `manage.py demo` may make accounts, whose password is published.
DEMO_IS_ALLOWED = configuration.DEMO_IS_ALLOWED

# The site is reached over HTTPS: redirects, secure cookies and HSTS.
HTTPS = env.bool("HTTPS", default=configuration.HTTPS)
# Where the site is reached, for links in mail: https://example.org. By default the configuration's host, or the
# first of ALLOWED_HOSTS.
_HOST = (
    f"{configuration.SITE_HOST}:{env.ENVIRON.get('PORT', 8000)}"
    if configuration.SITE_HOST
    else next((host for host in ALLOWED_HOSTS if host.strip("*.") == host), "")
)
SITE_URL = env.str("SITE_URL", default=f"{'https' if HTTPS else 'http'}://{_HOST}" if _HOST else "").rstrip("/")
if MAIL_SERVER and not SITE_URL:
    raise ImproperlyConfigured(
        "SITE_URL must be set when MAIL_SERVER is and ALLOWED_HOSTS names no host: links in mail start with it."
    )
# Reverse proxies in front of the site; their X-Forwarded-For and X-Forwarded-Proto are believed, no others.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
# Monitors send plain HTTP inside the network. The API refuses it with an error, without a redirect.
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$", r"^api/(?!docs$)"]
THEME_COOKIE_NAME = "__Host-theme" if HTTPS else "theme"
MESSAGE_STORAGE = "microblog.core.messages.MessageStorage"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "microblog.core.views.csrf_failure"
# Of all that a browser lets pages ask for, the site uses passkeys and the clipboard.
PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), usb=(), "
    "xr-spatial-tracking=(), clipboard-write=(self), publickey-credentials-create=(self), "
    "publickey-credentials-get=(self)"
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# Largest body of a request, in bytes: the longest post takes less than half of it. Nothing takes files.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 0
