"""
Recurring work, in one list.

`manage.py rqcron microblog.schedule` and the worker thread look every few seconds what is due; where neither runs,
`manage.py run_scheduled` does the same once, called by cron.
"""

from datetime import timedelta

from django.conf import settings
from rq.cron import register

from jobs.outbox import TICK_SECONDS, Recurring, tick

RECURRING = [
    Recurring("accounts.tasks.clear_sessions", every=timedelta(days=1), expires=True),
    Recurring("api.tasks.forget_idempotent_requests", every=timedelta(hours=1), expires=True),
    Recurring("accounts.tasks.enqueue_deletions", every=timedelta(hours=1)),
    Recurring("accounts.tasks.lift_suspensions", every=timedelta(minutes=1), expires=True),
    Recurring("accounts.tasks.delete_unconfirmed_accounts", every=timedelta(days=1), expires=True),
    Recurring("accounts.tasks.trim_security_log", every=timedelta(days=1), expires=True),
    Recurring("messaging.tasks.trim_notifications", every=timedelta(days=1), expires=True),
    Recurring("accounts.tasks.delete_expired_tokens", every=timedelta(days=1), expires=True),
    Recurring("moderation.tasks.forget_evidence", every=timedelta(hours=1), expires=True),
    Recurring("exports.tasks.tend_exports", every=timedelta(minutes=1), expires=True),
    Recurring("posts.tasks.render_older_posts", every=timedelta(days=1), version="posts.rendering.RENDERER_VERSION"),
    Recurring("search.tasks.mend", every=timedelta(days=1), version="search.documents.DOCUMENTS_VERSION"),
]

if settings.REDIS_URL:
    register(tick, queue_name="microblog-tasks", interval=TICK_SECONDS, result_ttl=0)
