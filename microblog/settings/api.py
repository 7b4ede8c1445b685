"""The API: its framework, tokens, rate limits, and the pages of other sites that may call it."""

from .environment import VERSION, env

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.security.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "api.permissions.HasWriteScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": [
        "api.throttling.IPAddressThrottle",
        "api.throttling.AccountThrottle",
        "api.throttling.TokenThrottle",
        "api.throttling.MethodThrottle",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.parsers.JSONContentNegotiation",
    "DEFAULT_PARSER_CLASSES": ["api.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "EXCEPTION_HANDLER": "api.errors.handle_exception",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Microblog API",
    "VERSION": VERSION,
    "DESCRIPTION": "Programs can do everything that people do here in a browser. Begin at `POST /api/tokens`.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    # Choices stand where they are used.
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
# Lifetime of a token that was created with a password, in seconds.
API_TOKEN_SECONDS = env.int("API_TOKEN_SECONDS", default=3600)
# Origins whose pages may call the API from a browser, by token and never with cookies: https://app.example.org,
# separated by commas. None by default.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-otp"]
CORS_EXPOSE_HEADERS = [
    *("ETag", "Idempotent-Replayed", "Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-ID"),
]
# Rate limits of the API, amount/time: of a token, of all tokens of an account together, and of an IP address without a
# token; and in addition of sign-ups from an IP address, and of deletions by an account.
API_RATE_LIMITS = {
    "token": env.str("RATE_LIMIT_API_TOKEN", default="300/5m"),
    "account": env.str("RATE_LIMIT_API_ACCOUNT", default="1500/5m"),
    "address": env.str("RATE_LIMIT_API_IP", default="300/5m"),
    "signup": env.str("RATE_LIMIT_API_SIGNUP", default="5/30m"),
    "delete": env.str("RATE_LIMIT_API_DELETE", default="30/30m"),
}
