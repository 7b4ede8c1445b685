"""Usernames and email addresses by the rules of this site, for users of a source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import regex
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.confusables import skeleton
from accounts.models import User, Username
from accounts.validators import USERNAME_MAX_LENGTH, fold_username, normalize_username, username_validators
from imports.batches import batched

EMAIL_MAX_LENGTH = User._meta.get_field("email").max_length or 0
# Users compared with those of the site in one query.
COMPARED = 1_000
_NOT_ALLOWED = regex.compile(r"[^\p{L}\p{M}\p{N}_.\-]+|\p{Default_Ignorable_Code_Point}+")
_NOT_ASCII = regex.compile(r"[^A-Za-z0-9_.\-]+")
_AT_THE_ENDS = "_.-"


@dataclass
class Names:
    """
    The usernames and email addresses that users of a source get.

    Of users with the same one, or with usernames that are confusable, the one with the lowest id keeps it; an account
    of this site keeps its own. Depends on nothing but the rows, so that an import that is started again gives the
    same names.
    """

    # By the id in the source, where a username is not kept.
    usernames: dict[int, str] = field(default_factory=dict)
    # Users without a usable email address: none, not valid, or another user's.
    without_email: dict[int, str] = field(default_factory=dict)


def plan_names(people: Iterable[tuple[int, str | None, str | None]]) -> Names:
    """Return the names for users given as (id, username, email) in the order of their ids."""
    names = Names()
    taken: set[str] = set()
    emails: set[str] = set()
    to_change: list[tuple[int, str]] = []
    for batch in batched(people, COMPARED):
        spelled = {pk: normalize_username(str(username or "")) for pk, username, _email in batch}
        forms_of = {pk: _forms(username) for pk, username in spelled.items()}
        held = _held_forms(form for forms in forms_of.values() for form in forms)
        for pk, username in spelled.items():
            forms = forms_of[pk]
            if forms & taken or forms & held or not is_allowed(username):
                to_change.append((pk, username))
            else:
                taken |= forms
        _plan_emails(batch, emails, names)
    for pk, username in to_change:
        names.usernames[pk] = new = _free_username(pk, username, taken)
        taken |= _forms(new)
    return names


def is_allowed(username: str) -> bool:
    """Tell whether a user may have a username, unless another one has it."""
    try:
        for validate in username_validators:
            validate(username)
    except ValidationError:
        return False
    return True


def _forms(username: str) -> set[str]:
    """Return the forms of a username in which two of them must differ."""
    return {f"key {fold_username(username)}", f"skeleton {skeleton(username)}"}


def _held_forms(forms: Iterable[str]) -> set[str]:
    """Return those of the forms that a username of this site has."""
    known = Username.objects.values_list("key", "skeleton")
    by_kind: dict[str, list[str]] = {"key": [], "skeleton": []}
    for form in forms:
        kind, _space, value = form.partition(" ")
        if "\0" not in value:  # PostgreSQL refuses to compare it
            by_kind[kind].append(value)
    held = [*known.filter(key__in=by_kind["key"]), *known.filter(skeleton__in=by_kind["skeleton"])]
    return {form for key, look in held for form in (f"key {key}", f"skeleton {look}")}


def _free_username(pk: int, username: str, taken: set[str]) -> str:
    """Return an allowed username that is like the user's own, and which no user has or will get."""
    readable = _NOT_ALLOWED.sub("_", username.replace("\0", ""))
    beginnings = [readable, _NOT_ASCII.sub("_", readable)]
    beginnings = [text.strip(_AT_THE_ENDS)[: USERNAME_MAX_LENGTH - 24].strip(_AT_THE_ENDS) for text in beginnings]
    candidates = [
        *beginnings,
        *(f"{text}_{pk}" for text in [*beginnings, "user"] if text),
        *(f"user_{pk}_{number}" for number in range(2, 1_000)),
    ]
    for candidate in map(normalize_username, candidates):
        forms = _forms(candidate)
        if is_allowed(candidate) and not forms & taken and not forms & _held_forms(forms):
            return candidate
    raise ValueError(f"no username is free for {username!r}")


def _plan_emails(batch: Iterable[tuple[int, str | None, str | None]], emails: set[str], names: Names) -> None:
    lowered = {pk: str(email or "").strip().lower() for pk, _username, email in batch}
    held = set(User.objects.filter(email__in=filter(_is_email, lowered.values())).values_list("email", flat=True))
    for pk, email in lowered.items():
        if not email:
            names.without_email[pk] = "no email address"
        elif not _is_email(email):
            names.without_email[pk] = "not an email address"
        elif email in emails or email in held:
            names.without_email[pk] = "the email address is another user's"
        else:
            emails.add(email)


def _is_email(email: str) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= EMAIL_MAX_LENGTH
