"""Avatars: drawn by the site, or taken from Gravatar."""

import hashlib

GRAVATAR_ORIGIN = "https://www.gravatar.com"
# The columns of a user that a picture of either kind is made of.
AVATAR_COLUMNS = ("email", "claimed_email", "avatar_source")

# 16 hues, each at the lightness where its contrast is 3:1 against its own tint (TINT) on the light and the dark
# backgrounds of the site.
COLOURS = (
    *("#c85151", "#b26638", "#8f772d", "#758028", "#57842a", "#36882b", "#2b8842", "#2b8865"),
    *("#2a8484", "#367fab", "#5875ca", "#786cd0", "#9165bd", "#ab57b7", "#b6549d", "#b95b7e"),
)
TINT = 0.18


def identicon(seed: str) -> str:
    """Return an SVG of a mirrored figure of five by five cells, always the same for the same seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    # 6 to 9 of the 15 cells of the left half and the middle are filled: the figure is never empty or full.
    filled = set(sorted(range(15), key=digest.__getitem__)[: 6 + digest[15] % 4])
    squares = "".join(
        f"M{column + 1.5} {row + 1.5}h1v1h-1z"
        for row in range(5)
        for column in range(5)
        if row * 3 + min(column, 4 - column) in filled
    )
    # Eight cells across with the margins: whole pixels at 32, 48 and 128.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" fill="{COLOURS[digest[16] % len(COLOURS)]}">'
        f'<path fill-opacity="{TINT}" d="M0 0h8v8H0z"/><path d="{squares}"/></svg>'
    )


def gravatar_url(email: str, size: int) -> str:
    """Return the URL of the Gravatar picture of an email address, `size` pixels wide and high."""
    digest = hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()
    return f"{GRAVATAR_ORIGIN}/avatar/{digest}?d=identicon&s={size}"
