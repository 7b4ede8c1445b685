"""Jobs about cases."""

from accounts.models import User
from moderation import services


def tell_person(user_id: int) -> None:
    """Tell a person the decisions about them that they were not sent yet; repeating it finds none."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person:
        services.tell_person(person)


def tell_reporters(case_id: int, after: int) -> None:
    """Tell a slice of those who reported a case, ids above `after`; repeated, it owes the same mails again."""
    services.tell_reporters(case_id, after=after)


def mail_outcome(report_id: int) -> None:
    """Mail a person what came of their report; repeated, it says so again."""
    services.mail_outcome(report_id)


def forget_evidence() -> None:
    """Delete evidence that is older than it is kept; repeating it finds what is left."""
    services.forget_evidence()
