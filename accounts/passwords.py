"""Unicode forms of passwords (NIST SP 800-63B, 3.1.1.2)."""

from microblog.core.text import normalize_unicode

# More than the longest password with all letters decomposed; anything longer is used as typed.
MAX_NORMALIZED = 1024


def normalize_password(password: str) -> str:
    """Return the form that is validated and hashed, the same however a keyboard composes letters."""
    return normalize_unicode("NFKC", password, limit=MAX_NORMALIZED)


def password_forms(password: str) -> list[str]:
    """Return the forms of a typed password to compare with a hash: the normal one, then those of old hashes."""
    composed = normalize_unicode("NFC", password, limit=MAX_NORMALIZED)
    decomposed = normalize_unicode("NFD", password, limit=MAX_NORMALIZED)
    return list(dict.fromkeys([normalize_password(password), password, composed, decomposed]))
