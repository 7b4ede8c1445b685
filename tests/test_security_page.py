"""docs/security.md lists every requirement of the standard once, and names only what exists."""

import re

from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "security.md").read_text()
# The requirements of ASVS 5.0.0 of levels 1 and 2, by section.
STANDARD = """
1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2 4.1.1-3
4.2.1 4.3.1-2 4.4.1-4 5.1.1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3
7.2.1-4 7.3.1-2 7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 8.3.1 8.4.1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4
10.4.1-11 10.5.1-5 10.6.1-2 10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1 11.6.1 12.1.1-3 12.2.1-2 12.3.1-4
13.1.1 13.2.1-5 13.3.1-2 13.4.1-5 14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1 16.2.1-5 16.3.1-4
16.4.1-3 16.5.1-3 17.1.1 17.2.1-4 17.3.1-2
"""
STATES = {"met", "in part", "open", "operator", "not applicable"}


def between(first, last):
    section, number = first.rsplit(".", 1)
    return [f"{section}.{index}" for index in range(int(number), int(last.rsplit(".", 1)[-1]) + 1)]


def test_every_requirement_is_listed_once_with_a_state():
    expected = [line for entry in STANDARD.split() for line in between(*(entry.split("-") * 2)[:2])]
    assert len(expected) == 253
    found = []
    for lines, state in re.findall(r"^\| (\d[\d., to]*) \| ([^|]+) \|", PAGE, re.MULTILINE):
        assert state in STATES, lines
        for part in lines.split(", "):
            found += between(*(part.split(" to ") * 2)[:2])
    assert len(found) == len(set(found))
    assert set(found) == set(expected)


def test_named_files_and_tests_exist():
    named = re.findall(r"`((?:[a-z_]+/)+[\w.]*)((?:::\w+)*)`", PAGE)
    assert sum(bool(tests) for _path, tests in named) == PAGE.count(".py::")
    for path, tests in named:
        assert (settings.BASE_DIR / path).exists(), path
        for name in filter(None, tests.split("::")):
            text = (settings.BASE_DIR / path).read_text()
            assert re.search(rf"(class|def) {name}\b", text), f"{path}::{name}"


def test_named_settings_exist():
    names = re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE)
    quoted = PAGE.split("`")[1::2]
    assert names == [code for code in quoted if "_" in code.strip("_") and re.fullmatch("[A-Z_]+", code)]
    assert [
        name
        for name in names
        if not hasattr(settings, name) and name not in (settings.BASE_DIR / ".env.example").read_text()
    ] == []


def test_each_attack_test_is_named_for_a_requirement():
    lines = "\n".join(re.findall(r"^\| \d[\d., to]* \|.*$", PAGE, re.MULTILINE))
    attacks = sorted((settings.BASE_DIR / "tests" / "security").glob("test_*.py"))
    assert sorted(set(re.findall(r"`tests/security/(test_\w+\.py)", lines))) == [path.name for path in attacks]
