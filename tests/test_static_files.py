"""The style sheet: one source file for each component, one file for the browser."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import find

from microblog.core.static_files import COMMENT, COMPONENTS, IMPORT, SHEET

FOLDER = COMPONENTS.parent
# Lines of the longest acceptable file.
MAX_LINES = 300


# Components that only some pages load, each after the site's style sheet.
OF_SOME_PAGES = {f"components/{name}.css" for name in ("blog", "code", "conversation", "thread")}


def test_each_component_is_imported_once_or_loaded_by_some_pages():
    components = {f"components/{path.name}" for path in FOLDER.glob("components/*.css")}
    assert sorted(IMPORT.findall(COMPONENTS.read_text())) == sorted(components - OF_SOME_PAGES)
    templates = "".join(path.read_text() for path in settings.BASE_DIR.glob("*/templates/**/*.html"))
    assert [name for name in OF_SOME_PAGES if f"'microblog/css/{name}'" not in templates] == []


def test_no_component_is_too_long():
    lines = {path.name: len(path.read_text().splitlines()) for path in FOLDER.rglob("*.css")}
    assert len(lines) > 20
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_browser_gets_one_joined_style_sheet():
    sheet = Path(find(SHEET)).read_text()
    assert sheet.count("@import") == sheet.count("layer(bootstrap)") == 1
    for name in IMPORT.findall(COMPONENTS.read_text()):
        assert COMMENT.sub("", (FOLDER / name).read_text()) in sheet
    assert "/*" not in sheet
