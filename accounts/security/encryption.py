"""Encryption of the secrets of second factors with keys derived from SECRET_KEY."""

from __future__ import annotations

import base64
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

# The encrypted values of an authenticator's data.
ENCRYPTED = {"secret", "seed"}


def site_keys() -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(secret: str) -> Fernet:
    digest = salted_hmac("accounts.mfa", "", secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def reencrypt(report: Callable[[int, int], None], *, dry_run: bool = False) -> int:
    """
    Re-encrypt with SECRET_KEY the secrets encrypted with one of its fallbacks, and return how many there were.

    Each row is a transaction, so it can be interrupted and repeated. `report` gets the rows done and their total.
    """
    keys, today = site_keys(), _fernet(settings.SECRET_KEY)
    pks = list(Authenticator.objects.order_by("pk").values_list("pk", flat=True))
    count = 0
    for done, pk in enumerate(pks, 1):
        with transaction.atomic():
            authenticator = Authenticator.objects.select_for_update().filter(pk=pk).first()
            data = authenticator.data if authenticator else {}
            for name in ENCRYPTED & data.keys():
                # A secret that no key decrypts is left alone.
                if _opens(keys, data[name]) and not _opens(today, data[name]):
                    data[name] = keys.rotate(data[name]).decode()
                    count += 1
                    if not dry_run:
                        authenticator.save(update_fields=["data"])
        report(done, len(pks))
    return count


def _opens(key: Fernet | MultiFernet, encrypted_text: str) -> bool:
    try:
        key.decrypt(encrypted_text)
    except InvalidToken:
        return False
    return True
