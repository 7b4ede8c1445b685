"""Services that the site talks to: Redis for jobs and the cache, Elasticsearch, services that translate, GitHub."""

from urllib.parse import urlsplit

from .environment import env

# --- Jobs and cache ---

# unix:///run/redis/redis-server.sock?db=0 or redis://:password@host:6379/0 for the job queues and the cache. Without
# it jobs run in a thread of the web process, and each process has a cache of its own.
REDIS_URL = env.str("REDIS_URL", default="")
# Long enough for a Redis under load, short enough that a silent one holds no page up for long.
REDIS_TIMEOUTS = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
# What is read from Redis is data and never code.
REDIS_SERIALIZER = "rq.serializers.JSONSerializer"
RQ_QUEUES = {
    queue: {
        "URL": REDIS_URL,
        "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 0.5},
        "SERIALIZER": REDIS_SERIALIZER,
    }
    for queue in ("microblog-tasks", "microblog-mail")
}
# The module with the recurring tasks.
JOBS_SCHEDULE = "microblog.schedule"
RQ = {
    "COMMIT_MODE": "auto",
    "JOB_CLASS": "jobs.rq_worker.WakeUp",
    "WORKER_CLASS": "jobs.rq_worker.Worker",
}
# Registered for superusers alone by microblog.core.admin.
RQ_SHOW_ADMIN_LINK = False
REDIS_CACHE = {
    "BACKEND": "microblog.core.cache.RedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "microblog",
    # What version 1 holds is pickled.
    "VERSION": 2,
    "OPTIONS": {**REDIS_TIMEOUTS, "serializer": REDIS_SERIALIZER},
}
CACHES = {
    "default": REDIS_CACHE
    if REDIS_URL
    # Room enough that counted attempts are not pushed out by making others.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
    # Public pages of the blog: by themselves, so that they push nothing else out.
    "pages": REDIS_CACHE | {"KEY_PREFIX": "microblog-pages"}
    if REDIS_URL
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "OPTIONS": {"MAX_ENTRIES": 1_000},
    },
}

# --- Search ---

# http://host:9200, of an Elasticsearch 9. Without it, and while it is unavailable, the database is searched.
ELASTICSEARCH_URL = env.str("ELASTICSEARCH_URL", default="")
# What the names of its indexes begin with, for sites that share one.
ELASTICSEARCH_PREFIX = env.str("ELASTICSEARCH_PREFIX", default="microblog")
# The connection is made by search.engines.elasticsearch, and rows are indexed by the outbox.
ELASTICSEARCH_DSL: dict[str, dict[str, object]] = {}
ELASTICSEARCH_DSL_SIGNAL_PROCESSOR = "django_elasticsearch_dsl.signals.BaseSignalProcessor"

# --- Translation of posts ---

# Key of Microsoft Translator (version 3), and the region of the resource it belongs to unless that is global.
MS_TRANSLATOR_KEY = env.str("MS_TRANSLATOR_KEY", default="")
MS_TRANSLATOR_REGION = env.str("MS_TRANSLATOR_REGION", default="")
# The URL of the service; other clouds have their own.
MS_TRANSLATOR_URL = env.str("MS_TRANSLATOR_URL", default="https://api.cognitive.microsofttranslator.com").rstrip("/")
# The URL of a LibreTranslate server, used without a key of Microsoft's, and its key, if it requires one.
LIBRETRANSLATE_URL = env.str("LIBRETRANSLATE_URL", default="").rstrip("/")
LIBRETRANSLATE_KEY = env.str("LIBRETRANSLATE_KEY", default="")

# --- Repositories ---

# The REST API of GitHub; https://host/api/v3 of a GitHub Enterprise Server.
GITHUB_API_URL = env.str("GITHUB_API_URL", default="https://api.github.com").rstrip("/")
# An access token, which only needs to read public repositories; without one GitHub allows 60 requests an hour.
GITHUB_TOKEN = env.str("GITHUB_TOKEN", default="")
# Where people read the repositories of that API.
_github = urlsplit(GITHUB_API_URL)
GITHUB_URL = f"{_github.scheme}://{_github.netloc.removeprefix('api.')}"
