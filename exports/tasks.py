"""Tasks about exports."""

from django.conf import settings

from exports import files, slices, writer
from exports.models import Export
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.mail import send_email
from microblog.core.site_urls import absolute_url


@task(unique=True)
def continue_export(export_id: int) -> bool:
    """
    Make the next slice of an export, and return whether more is left.

    Repeated, it leaves alone what is done or has ended.
    """
    export = Export.objects.select_related("user").filter(pk=export_id, state__in=Export.IN_PROGRESS).first()
    if export is not None:
        return slices.continue_export(export)
    # A slice that was killed may have left a file after the end of its export.
    files.delete_export_files(export_id)
    return False


@task()
def delete_export_files(export_id: int) -> None:
    """Delete what an export stored and nobody can download; repeating it finds nothing left."""
    files.delete_export_files(export_id)


@task(queue=Queue.MAIL)
def send_export(export_id: int) -> None:
    """
    Mail a person that their archive is ready, with posts.json while that is small.

    Repeated, it says so again; nothing once the archive cannot be downloaded any more.
    """
    export = Export.objects.select_related("user").filter(pk=export_id).first()
    if export is None or not export.is_downloadable:
        return
    with export.open() as file:
        posts = writer.read_posts(file)
    context = {
        "person": export.user,
        "posts": bool(posts),
        "days": settings.EXPORT_DAYS,
        "url": absolute_url("exports:exports"),
    }
    attachments = [("posts.json", posts, "application/json")] if posts else []
    send_email("export_ready", export.user.email, context, language=export.user.language, attachments=attachments)
