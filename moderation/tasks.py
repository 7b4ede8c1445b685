"""Jobs about cases."""

from accounts.models import User
from moderation import services


def tell_person(user_id: int) -> None:
    """Tell a person the decisions about them that they were not sent yet; repeating it finds none."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person:
        services.tell_person(person)


def mail_decisions(user_id: int, first: int, last: int) -> None:
    """Mail a person the decisions about them with ids from `first` to `last`; repeated, it mails them again."""
    person = User.objects.filter(pk=user_id, deactivated_at=None).first()
    if person:
        services.mail_decisions(person, first=first, last=last)


def tell_reporters(case_id: int, after: int) -> None:
    """Tell a slice of those who reported a case, ids of people above `after`; repeated, it tells them again."""
    services.tell_reporters(case_id, after=after)


def mail_outcome(report_id: int) -> None:
    """Mail a person what came of their report; repeated, it says so again."""
    services.mail_outcome(report_id)


def forget_evidence() -> None:
    """Delete evidence that is older than it is kept; repeating it finds what is left."""
    services.forget_evidence()
