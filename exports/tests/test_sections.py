"""Sections that apps contribute to archives."""

import json

import pytest

from exports.sections import get_facts, get_sections
from exports.writer import Place
from tests.helpers.exports import export_of


def test_sections_of_all_apps_are_found_in_order():
    names = ["posts", "entries", "snippets", "likes", "reposts", "bookmarks", "following", "followers", "blocks"]
    names += ["mutes", "watched_repositories", "messages"]
    assert list(get_sections()) == [*names, "reports", "decisions", "security_log", "tokens"]
    assert [facts.name for facts in get_facts()] == ["profile", "settings", "notification_settings"]


@pytest.mark.django_db
@pytest.mark.usefixtures("folder")
def test_pages_and_counts_are_in_the_order_of_the_sections(susan):
    archive = export_of(susan)
    index = archive.read("index.html").decode()
    titles = [str(section.title) for section in get_sections().values()]
    assert sorted(titles, key=lambda title: index.index(f"{title}: ")) == titles
    assert set(json.loads(archive.read("manifest.json"))["counts"]) == set(get_sections())


def test_section_added_during_an_export_is_written():
    sections = get_sections()
    before = Place(counts=dict.fromkeys(sections, 0))
    assert before.next_section is None
    del before.counts["mutes"]
    assert before.next_section == sections["mutes"]
    assert Place(section="messages", page=2, counts=dict.fromkeys(sections, 0)).next_section == sections["messages"]
