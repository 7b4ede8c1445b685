"""Password hashes that an import brings: those of Werkzeug, as Django writes them."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Set

from django.contrib.auth.hashers import (
    UNUSABLE_PASSWORD_PREFIX,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
    get_hasher,
    identify_hasher,
    make_password,
)
from django.core.cache import cache

from accounts.models import User

SCRYPT = re.compile(r"scrypt:([0-9]{1,7}):([0-9]{1,4}):([0-9]{1,4})\$([^$]+)\$([0-9a-f]{128})")
PBKDF2 = re.compile(r"pbkdf2:(sha1|sha256|sha512)(?::([0-9]{1,7}))?\$([^$]+)\$((?:[0-9a-f]{2})+)")
# Where a hash does not say, that of Werkzeug 2.0 to 2.2.
DEFAULT_ITERATIONS = 260_000
MAX_LENGTH = User._meta.get_field("password").max_length or 0
KINDS_KEY, KINDS_SECONDS = "password-hashes-in-use", 300


class LargeScryptPasswordHasher(ScryptPasswordHasher):
    """Scrypt with more memory than OpenSSL allows by default: Werkzeug's parameters need 33 MiB."""

    maxmem = 256 * 2**20


class PBKDF2SHA512PasswordHasher(PBKDF2PasswordHasher):
    """PBKDF2 with SHA-512."""

    algorithm = "pbkdf2_sha512"
    digest = hashlib.sha512


def from_werkzeug(password_hash: str | None) -> str:
    """
    Return a hash of Werkzeug's `generate_password_hash()` as Django stores it, for a hasher of PASSWORD_HASHERS.

    No hash, and one of an unknown format or with parameters that cannot be used, give an unusable password: its owner
    resets it by mail.
    """
    if match := SCRYPT.fullmatch(password_hash or ""):
        n, r, p = map(int, match.group(1, 2, 3))
        # RFC 7914: a power of two below 2^(128 r / 8).
        if n.bit_count() == 1 < n < 2 ** (16 * r) and p and 132 * n * r * p <= LargeScryptPasswordHasher.maxmem:
            return _fitting("scrypt", n, match[4], r, p, _base64(match[5]))
    elif match := PBKDF2.fullmatch(password_hash or ""):
        iterations = int(match[2] or DEFAULT_ITERATIONS)
        if iterations and len(match[4]) == 2 * hashlib.new(match[1]).digest_size:
            return _fitting(f"pbkdf2_{match[1]}", iterations, match[3], _base64(match[4]))
    return make_password(None)


def spend_other_hashes(password: str, encoded: str | None = None) -> None:
    """
    Hash a password in each way that is in use, except that of the account's hash, which it was compared with.

    A wrong password then takes the same time for every account, and for none, whichever program made the hashes.
    """
    for kind in kinds_in_use() - ({_kind(encoded)} if encoded is not None else set()):
        if kind:
            identify_hasher(kind).verify(password, kind)
        else:
            make_password(password)


def kinds_in_use() -> Set[str]:
    """Return the kinds of hashes that accounts have, read every five minutes; the site's own is the empty one."""

    def read() -> Set[str]:
        others = User.objects.exclude(password__startswith=f"{get_hasher().algorithm}$")
        hashes = others.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).values_list("password", flat=True)
        return {"", *map(_kind, hashes.iterator())}

    kinds: Set[str] = cache.get_or_set(KINDS_KEY, read, KINDS_SECONDS)
    return kinds


def _kind(encoded: str) -> str:
    """Return a hash of the same cost that no password opens; an empty one where Django runs the site's own hasher."""
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        return ""
    if hasher is get_hasher() or not isinstance(hasher, PBKDF2PasswordHasher | ScryptPasswordHasher):
        return ""
    algorithm, cost, _salt, *others, _digest = encoded.split("$")
    return "$".join([algorithm, cost, "salt", *others, ""])


def _fitting(*fields: object) -> str:
    encoded = "$".join(map(str, fields))
    return encoded if len(encoded) <= MAX_LENGTH else make_password(None)


def _base64(digest: str) -> str:
    return b64encode(bytes.fromhex(digest)).decode()
