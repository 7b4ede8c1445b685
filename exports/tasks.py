"""Tasks of exports."""

from django.conf import settings

from exports import files, slices, writer
from exports.models import Export
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.mail import send_email
from microblog.core.site_urls import absolute_url


@task(unique=True)
def continue_export(export_id: int) -> bool:
    """Write the next slice of an export, and return whether more is left. Safe to repeat."""
    export = Export.objects.select_related("user").filter(pk=export_id, state__in=Export.IN_PROGRESS).first()
    if export is not None:
        return slices.continue_export(export)
    # A killed slice may have left a file after its export ended.
    files.delete_export_files(export_id)
    return False


@task()
def delete_export_files(export_id: int) -> None:
    """Delete the files of an export that cannot be downloaded. Safe to repeat."""
    files.delete_export_files(export_id)


@task(queue=Queue.MAIL)
def send_export(export_id: int) -> None:
    """
    Send the email notification that an archive is ready, with posts.json attached if it is small.

    A repetition sends it again; no mail is sent once the archive has expired.
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
