"""Jobs about posts, counters and exports."""

from django.conf import settings
from django.db.models import Q

from accounts.models import User
from microblog.core.jobs import enqueue
from microblog.core.mail import absolute_url, send_email
from posts import archive, services
from posts.models import Export

NEIGHBOURS = 500


def tell_mentioned(post_id: int, author_id: int) -> None:
    """Tell those whom a post mentions; reads the post again and tells nobody twice."""
    services.tell_mentioned(post_id, author_id)


def recount_people(*user_ids: int) -> None:
    """Set the counters of people right; counts what is there, so that repeating it changes nothing."""
    services.recount(user_ids)


def recount_neighbours(user_id: int, after: int) -> None:
    """
    Set the counters right of people who follow a person or whom that person follows, ids above `after`, in slices.

    Counts what is there, so that repeating it changes nothing.
    """
    neighbours = User.objects.filter(Q(following_set__followed=user_id) | Q(follower_set__follower=user_id))
    ids = list(neighbours.filter(pk__gt=after).order_by("pk").distinct().values_list("pk", flat=True)[:NEIGHBOURS])
    services.recount([*ids, user_id])
    if len(ids) == NEIGHBOURS:
        enqueue("posts.jobs.recount_neighbours", user_id, ids[-1], key=f"recount_neighbours:{user_id}:{ids[-1]}")


def render_older_posts() -> None:
    """Render posts with today's renderer, in slices; repeated, it finds those that are left."""
    if services.render_older_posts():
        enqueue("posts.jobs.render_older_posts", key="posts.jobs.render_older_posts")


def continue_export(export_id: int) -> None:
    """Make the next slice of an export; what is done already, or ended meanwhile, is left alone."""
    export = Export.objects.select_related("user").filter(pk=export_id, state__in=Export.IN_PROGRESS).first()
    if export is None:
        # A slice that was killed may have left a file after the end of its export.
        services.delete_export_files(export_id)
    else:
        services.continue_export(export)


def delete_export_files(export_id: int) -> None:
    """Delete what an export stored and nobody can download; repeating it finds nothing left."""
    services.delete_export_files(export_id)


def send_export(export_id: int) -> None:
    """
    Mail a person that their archive is ready, with posts.json while that is small.

    Repeated, it says so again; nothing once the archive cannot be downloaded any more.
    """
    export = Export.objects.select_related("user").filter(pk=export_id).first()
    if export is None or not export.is_downloadable:
        return
    with export.open() as file:
        posts = archive.read_posts(file)
    context = {
        "person": export.user,
        "posts": bool(posts),
        "days": settings.EXPORT_DAYS,
        "url": absolute_url("posts:exports"),
    }
    attachments = [("posts.json", posts, "application/json")] if posts else []
    send_email("export_ready", export.user.email, context, language=export.user.language, attachments=attachments)


def tend_exports() -> None:
    """Take away archives whose days are over, and take up exports that lie idle; repeating it is harmless."""
    services.expire_exports()
    services.resume_exports()
