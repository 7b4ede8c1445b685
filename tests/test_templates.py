"""Style of templates."""

from django.conf import settings
from django.template import engines

# No linter checks the length of lines in templates: djlint's `max_line_length` is for its formatter.
MAX_LENGTH = 160


def _templates():
    folders = [folder for folder in engines["django"].template_dirs if folder.is_relative_to(settings.BASE_DIR)]
    return [path for folder in folders for path in folder.rglob("*.html") if ".venv" not in path.parts]


def test_no_line_of_a_template_is_too_long():
    templates = _templates()
    assert len(templates) > 100
    long_lines = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MAX_LENGTH
    ]
    assert long_lines == []


def test_comments_are_on_one_line():
    """Django shows the others as text."""
    lines = {path: path.read_text().splitlines() for path in _templates()}
    assert [path for path, found in lines.items() if any("{#" in line and "#}" not in line for line in found)] == []


def test_only_the_base_template_names_the_site_in_titles():
    for path in _templates():
        [title] = [line for line in path.read_text().splitlines() if "{% block title %}" in line][:1] or [""]
        assert "site_name" not in title or "<title>" in title, path


def test_comments_end_on_their_line():
    # Django shows others as text.
    open_comments = [
        f"{path.relative_to(settings.BASE_DIR)}:{number}"
        for path in _templates()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if line.count("{#") != line.count("#}")
    ]
    assert open_comments == []
