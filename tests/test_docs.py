"""Checks of the documentation beyond those of its build."""

import argparse
import re
import tomllib

from django.apps import apps as django_apps
from django.conf import settings
from django.core.management import BaseCommand, get_commands, load_command_class

from scripts.docs import PLACE, on_page_markdown
from tests.helpers.programs import check
from tests.helpers.variables import READ

DOCS = settings.BASE_DIR / "docs"


def test_every_variable_is_explained():
    page = on_page_markdown((DOCS / "configure.md").read_text())
    assert PLACE not in page
    shown = re.findall(r"`([A-Z_]+)`(?:<br>| \|)", page)
    read = set(READ)
    example = (settings.BASE_DIR / ".env.example").read_text()
    assert read == set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert read - set(shown) == set()


def test_every_page_is_in_the_menu():
    menu = (settings.BASE_DIR / "mkdocs.yml").read_text()
    pages = [path.name for path in DOCS.glob("*.md")]
    assert sorted(pages) == sorted(re.findall(r"(?<!/)\b([a-z-]+\.md)$", menu, re.MULTILINE))
    decisions = (DOCS / "decisions" / "README.md").read_text()
    assert [path.name for path in DOCS.glob("decisions/0*.md") if path.name not in decisions] == []


def texts():
    """Yield each file that may name a command: documents, units, and texts of commands and pages."""
    tracked = check("git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    for name in tracked:
        is_read = name.endswith((".md", ".py", ".html", ".txt", ".sh")) or name.startswith(("Procfile", "deploy/"))
        if is_read and "tests/" not in name and (settings.BASE_DIR / name).exists():
            yield name, (settings.BASE_DIR / name).read_text()


def usages():
    for path, text in texts():
        # Adjacent Python strings are one text.
        joined = re.sub(r'"\s*\n\s*f?"', "", text)
        for usage in re.finditer(r"manage\.py ([a-z_]+)([^`\"'\n|;&#→]*)", joined):
            yield path, usage[1], usage[2].split()


def options_of(parser):
    return {option for action in parser._actions for option in action.option_strings}


def own_apps():
    return {
        config.name
        for config in django_apps.get_app_configs()
        if (settings.BASE_DIR / config.name.replace(".", "/")).is_dir()
    }


def test_every_named_command_exists_with_its_options():
    commands, checked = get_commands(), set()
    for path, name, words in usages():
        assert name in commands, f"{path}: manage.py {name}"
        app = commands[name]
        command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
        parser = command.create_parser("manage.py", name)
        known = options_of(parser)
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                subcommands = [word for word in words if re.fullmatch(r"[a-z_]+", word)][:1]
                assert set(subcommands) <= set(action.choices), f"{path}: manage.py {name} {words}"
                for subcommand in subcommands:
                    known |= options_of(action.choices[subcommand])
        options = {word.partition("=")[0].rstrip(".,:)") for word in words if word.startswith("-")} - {"-"}
        assert options <= known, f"{path}: manage.py {name} {options - known}"
        checked.add(name)
    ours = {name for name, app in commands.items() if app in own_apps()}
    # The table in operate.md names commands without manage.py.
    operate = (DOCS / "operate.md").read_text()
    assert [name for name in ours - checked if f"`{name}`" not in operate] == []


def test_apps_and_their_order_match_the_import_contract():
    contract = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][
        0
    ]
    layers = [layer.split(" | ") for layer in contract["layers"]]
    # Entry points, and the database backend.
    no_apps = {"microblog.wsgi", "microblog.schedule", "microblog.postgresql"}
    chain = " > ".join(" | ".join(f"`{app}`" for app in layer if app not in no_apps) for layer in layers)
    apps = {app for layer in layers for app in layer} - {"microblog.urls"} - no_apps
    # Tools are outside the site, as a contract says; the others are parts of apps.
    assert apps == own_apps() - {
        "scripts",
        "accounts.security",
        "moderation.bulk",
        "posts.reactions",
        "posts.translation",
    }
    architecture = (DOCS / "architecture.md").read_text()
    for text in (architecture, (settings.BASE_DIR / "CONTRIBUTING.md").read_text()):
        assert chain in re.sub(r"\s+", " ", text)
    assert set(re.findall(r"^\| `([a-z.]+)` \|", architecture, re.MULTILINE)) == apps
    picture = (DOCS / "architecture.svg").read_text()
    assert apps | {"microblog.urls"} <= set(re.findall(r'class="name">([a-z.]+)<', picture))
    described = re.search(r"<desc[^>]*>(.*)</desc>", picture)[1]
    assert [app for app in apps if app not in described] == []


def test_files_named_for_a_post_and_a_report_exist():
    tables = re.findall(
        r"^## How to follow.*?(?=^## )", (DOCS / "architecture.md").read_text(), re.DOTALL | re.MULTILINE
    )
    named = re.findall(r"(?:`(microblog/core/)`: )?((?:`[a-z_/]*\.py`(?: \(`\w+`\))?(?:, )?)+)", "".join(tables))
    checked = 0
    for folder, files in named:
        for path, function in re.findall(r"`([a-z_/]+\.py)`(?: \(`(\w+)`\))?", files):
            text = (settings.BASE_DIR / folder / path).read_text()
            assert not function or f"def {function}(" in text, f"{path}: {function}"
            checked += 1
    assert checked > 40
