"""The documentation, as far as building it does not check it."""

import re

from django.conf import settings

from microblog.tests.test_settings import READ
from scripts.docs import PLACE, on_page_markdown

DOCS = settings.BASE_DIR / "docs"


def test_every_variable_is_explained():
    page = on_page_markdown((DOCS / "configure.md").read_text())
    assert PLACE not in page
    shown = re.findall(r"`([A-Z_]+)`(?:<br>| \|)", page)
    read = set(READ.findall((settings.BASE_DIR / "microblog" / "settings.py").read_text()))
    assert len(read) > 40
    assert read - set(shown) == set()


def test_every_page_is_reached_from_the_menu():
    menu = (settings.BASE_DIR / "mkdocs.yml").read_text()
    pages = [path.name for path in DOCS.glob("*.md")]
    assert len(pages) > 10
    assert [page for page in pages if page not in menu] == []
    decisions = (DOCS / "decisions" / "README.md").read_text()
    assert [path.name for path in DOCS.glob("decisions/0*.md") if path.name not in decisions] == []
