import re
from xml.etree import ElementTree

import pytest

from accounts.avatars import COLOURS, TINT, gravatar_url, identicon

SVG = "{http://www.w3.org/2000/svg}"
# Cards and pages, light and dark.
GROUNDS = ("#ffffff", "#f4f5f7", "#181c23", "#101318")


def cells(svg):
    """The filled cells of the figure as pairs (column, row)."""
    _ground, figure = ElementTree.fromstring(svg)
    return {(float(x) - 1.5, float(y) - 1.5) for x, y in re.findall(r"M(\S+) (\S+)h1v1h-1z", figure.get("d"))}


def luminance(channels):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def channels(colour):
    return [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]


def test_the_same_seed_gives_the_same_picture():
    assert identicon("42") == identicon("42")


def test_seeds_give_different_pictures():
    assert len({identicon(str(seed)) for seed in range(500)}) == 500


def test_the_figure_is_mirrored_and_neither_empty_nor_full():
    for seed in range(200):
        filled = cells(identicon(str(seed)))
        assert filled == {(4 - column, row) for column, row in filled}
        assert 6 <= len(filled) <= 18
        assert filled <= {(column, row) for column in range(5) for row in range(5)}


def test_the_picture_is_small_and_has_no_style_or_script():
    for seed in range(200):
        svg = identicon(f"{seed}<script>")
        assert len(svg.encode()) < 1024
        root = ElementTree.fromstring(svg)
        assert root.get("viewBox") == "0 0 8 8"
        assert {element.tag for element in root.iter()} == {f"{SVG}svg", f"{SVG}path"}
        assert {name for element in root.iter() for name in element.attrib} == {"viewBox", "fill", "fill-opacity", "d"}


def test_every_colour_is_used():
    assert {ElementTree.fromstring(identicon(str(seed))).get("fill") for seed in range(500)} == set(COLOURS)


@pytest.mark.parametrize("ground", GROUNDS)
def test_figure_contrasts_with_its_tint_on_light_and_dark_backgrounds(ground):
    for colour in COLOURS:
        figure = channels(colour)
        tint = [TINT * c + (1 - TINT) * g for c, g in zip(figure, channels(ground), strict=True)]
        darker, lighter = sorted([luminance(figure), luminance(tint)])
        assert (lighter + 0.05) / (darker + 0.05) >= 3, colour


def test_gravatar_address_is_that_of_the_lower_case_email():
    address = "https://www.gravatar.com/avatar/d4c74594d841139328695756648b6bd6?d=identicon&s=128"
    assert gravatar_url("john@example.com", 128) == address
    assert gravatar_url("John@Example.COM", 128) == address
