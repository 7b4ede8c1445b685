"""
All recurring tasks.

`manage.py rqcron microblog.schedule` and the worker thread enqueue the due ones every few seconds; where neither runs,
cron runs `manage.py run_scheduled`.
"""

from datetime import timedelta

from django.conf import settings
from rq.cron import register

import accounts.security.services
import accounts.services
import blog.rendering
import blog.services
import exports.services
import posts.services
import repositories.services
import search.services
from api.idempotency import delete_old_requests
from jobs.schedule import RecurringTask, tick
from jobs.waking import TICK_SECONDS
from messaging.notifications.services import delete_old_notifications
from moderation.services.cases import delete_old_evidence
from posts.rendering import RENDERER_VERSION
from search.documents import DOCUMENTS_VERSION

MINUTELY, HOURLY, DAILY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

RECURRING = [
    RecurringTask(accounts.security.services.delete_expired_sessions, every=DAILY, expires=True),
    RecurringTask(delete_old_requests, every=HOURLY, expires=True),
    RecurringTask(accounts.services.enqueue_due_deletions, every=HOURLY),
    RecurringTask(accounts.services.lift_due_suspensions, every=MINUTELY, expires=True),
    RecurringTask(accounts.services.delete_unconfirmed, every=DAILY, expires=True),
    RecurringTask(accounts.security.services.delete_old_events, every=DAILY, expires=True),
    RecurringTask(delete_old_notifications, every=DAILY, expires=True),
    RecurringTask(accounts.security.services.delete_expired_tokens, every=DAILY, expires=True),
    RecurringTask(delete_old_evidence, every=HOURLY, expires=True),
    RecurringTask(exports.services.expire_exports, every=MINUTELY, expires=True),
    RecurringTask(exports.services.resume_exports, every=MINUTELY),
    RecurringTask(posts.services.render_older_posts, every=DAILY, version=RENDERER_VERSION),
    RecurringTask(blog.services.render_older, every=DAILY, version=blog.rendering.RENDERER_VERSION),
    RecurringTask(repositories.services.enqueue_fetches, every=MINUTELY),
    RecurringTask(search.services.enqueue_repairs, every=DAILY, version=DOCUMENTS_VERSION),
]

if settings.REDIS_URL:
    register(tick, queue_name="microblog-tasks", interval=TICK_SECONDS, result_ttl=0)
