"""Tasks of imports."""

from accounts.mails import send_to_user
from accounts.models import User
from jobs.models import Queue
from jobs.tasks import task
from microblog.core.site_urls import absolute_url


@task(queue=Queue.MAIL)
def send_new_username(user_id: int, former: str) -> None:
    """Notify a user of the username that an import gave them. A repeated run mails it again."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        context = {"former": former, "sign_in_url": absolute_url("account_login")}
        send_to_user("new_username", user, user.shown_email, context)
