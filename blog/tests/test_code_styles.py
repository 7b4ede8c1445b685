"""The colours of code, and the button that copies it."""

import re

import pytest
from pygments.token import STANDARD_TYPES

from blog.tests.factories import EntryFactory, SnippetFactory
from microblog.core.static_files import COMPONENTS

SHEET = (COMPONENTS.parent / "components/code.css").read_text()
COLOURS = dict(re.findall(r"--(mb-code-\w+): light-dark\((#\w+, #\w+)\);", SHEET))
CODE = "def f(x):\n\treturn '<b>'\n\n\nprint(f(1))"


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first, second):
    darker, lighter = sorted(map(luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_have_enough_contrast_in_both_schemes():
    schemes = {name: colours.split(", ") for name, colours in COLOURS.items()}
    grounds = schemes.pop("mb-code-ground")
    assert len(schemes) == 9
    ratios = {
        (name, place): contrast(colour, grounds[place])
        for name, colours in schemes.items()
        for place, colour in enumerate(colours)
    }
    assert {key: ratio for key, ratio in ratios.items() if ratio < 4.5} == {}


def test_rules_use_these_colours_alone_and_known_classes():
    used = re.findall(r"[^-]color: (?!inherit)(.*);", SHEET)
    assert len(used) > 8 and all(value[4:-1].strip("-") in COLOURS for value in used)
    groups = re.findall(r":is\(\.highlight, \.codehilite\) :is\((.*)\) {", SHEET)
    classes = set(re.findall(r"\w+", " ".join(groups)))
    assert len(classes) > 60 and classes <= set(STANDARD_TYPES.values())


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("factory", "body"), [(EntryFactory, f"Text\n\n```python\n{CODE}\n```\n"), (SnippetFactory, CODE)]
)
def test_code_is_copied_as_it_was_typed(visit, factory, body):
    row = factory(body=body)
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto(row.get_absolute_url())
    page.get_by_role("button", name="Copy code").click()
    page.get_by_role("status").filter(has_text="Code copied").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.rstrip("\n") == CODE
    # What a person selects has no numbers either.
    page.evaluate("getSelection().selectAllChildren(document.querySelector('pre code'))")
    selected = page.evaluate("getSelection().toString()")
    assert selected.rstrip("\n") == CODE


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_button_is_absent_without_scripts(visit):
    row = SnippetFactory(body=CODE)
    page = visit(java_script_enabled=False)
    page.goto(row.get_absolute_url())
    assert page.locator("pre").inner_text().rstrip("\n") == CODE
    assert page.get_by_role("button", name="Copy code").count() == 0
