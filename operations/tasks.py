"""Tasks for operators."""

from jobs.models import Queue
from jobs.tasks import task
from operations.error_mail import send_report


@task(queue=Queue.MAIL)
def mail_error(report: str) -> None:
    """Mail the administrators about an error; repeated, it only sends the mail again."""
    send_report(report)
