"""Monitoring and logging: what the site tells its operators, and where."""

import os
from pathlib import Path

from pythonjsonlogger.core import RESERVED_ATTRS

from .configuration import configuration
from .environment import BASE_DIR, env
from .mail import ERRORS_ARE_MAILED

# --- Monitoring ---

# What monitors send as "Authorization: Bearer ..." to read /metrics and the details of /readyz; staff need none.
MONITORING_TOKEN = env.str("MONITORING_TOKEN", default="")
# A folder in which the processes of this machine sum up the metrics of responses, such as one under /run; without it
# each process reports its own.
METRICS_FOLDER = env.str("METRICS_FOLDER", default="")
if METRICS_FOLDER:
    Path(METRICS_FOLDER).mkdir(parents=True, exist_ok=True)
    # Where prometheus-client looks for it, when it is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = METRICS_FOLDER

# --- Logging ---

# Log to standard output; otherwise to logs/microblog.log. Any but a false value is on, as in Flask Microblog.
_FALSE = {"0", "false", "off", "no", "n"}
LOG_TO_STDOUT = env.str("LOG_TO_STDOUT", default=str(configuration.LOG_TO_STDOUT)).strip().lower() not in _FALSE
# How a line of the log looks: "line" for people, "json" for programs.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
# Where errors are reported to, the DSN of Sentry or of a server with its protocol; nowhere by default.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
DEFAULT_EXCEPTION_REPORTER_FILTER = "operations.logs.ExceptionReporterFilter"
LOG_FOLDER = BASE_DIR / "logs"
if not LOG_TO_STDOUT:
    LOG_FOLDER.mkdir(mode=0o700, exist_ok=True)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s: %(message)s [in %(pathname)s:%(lineno)d] %(request_id)s"},
        "json": {
            "()": "operations.logs.JsonFormatter",
            "format": "%(levelname)s %(name)s %(message)s %(request_id)s %(pathname)s %(lineno)d %(process)d",
            "rename_fields": {"levelname": "level", "name": "logger"},
            "timestamp": "time",
            # What Django hands over with a record and JSON does not know.
            "reserved_attrs": [*RESERVED_ATTRS, "request", "server_time"],
        },
    },
    "filters": {
        "request_id": {"()": "operations.logs.RequestIdFilter"},
        "access_log": {"()": "operations.logs.AccessLogFilter"},
        "outage": {"()": "operations.logs.OutageFilter"},
    },
    "handlers": {
        "log": {
            **(
                {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}
                if LOG_TO_STDOUT
                else {
                    "class": "logging.handlers.RotatingFileHandler",
                    "filename": LOG_FOLDER / "microblog.log",
                    "maxBytes": 10240,
                    "backupCount": 10,
                    "delay": True,
                }
            ),
            "formatter": LOG_FORMAT,
            "filters": ["request_id"],
        },
        "mail": {
            "class": "operations.error_mail.ErrorMailHandler",
            "level": "ERROR",
            "filters": ["request_id", "outage"],
        },
    },
    "root": {"handlers": ["log", "mail"] if ERRORS_ARE_MAILED else ["log"], "level": "INFO"},
    # fido2 tells the id of each passkey, elastic_transport each request.
    "loggers": {
        "django": {"level": "INFO"},
        "fido2": {"level": "WARNING"},
        "elastic_transport": {"level": "ERROR"},
        # gunicorn writes its access log by itself, except as JSON.
        **({"gunicorn.access": {"filters": ["access_log"], "propagate": True}} if LOG_FORMAT == "json" else {}),
    },
}
