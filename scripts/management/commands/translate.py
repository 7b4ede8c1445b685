from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from tokenize import TokenError
from typing import Any

from babel import UnknownLocaleError
from babel.messages import Catalog
from babel.messages.pofile import PoFileError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError

from scripts import catalogues

# Errors in edited files; Babel raises ValueError for an invalid language.
FAILURES = (OSError, ValueError, SyntaxError, TemplateSyntaxError, TokenError, PoFileError, UnknownLocaleError)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Raise a CommandError that names the failed step and its cause."""
    try:
        yield
    except FAILURES as error:
        raise CommandError(f"{name} command failed: {error}") from error


class Command(BaseCommand):
    help = "Translation and localization commands."
    # Compiling is the first step on a new machine.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for name, text in {
            "init": "Initialize a new language.",
            "update": "Update all languages.",
            "compile": "Compile all languages.",
            "check": "Name every translation that is missing, fuzzy or broken; fail when there are some.",
        }.items():
            command = commands.add_parser(name, help=text, description=text)
            if name == "init":
                command.add_argument("language", metavar="LANG", help="its code, such as pt or zh-hant")

    def handle(self, *args: Any, **options: Any) -> None:
        self.is_quiet = options["verbosity"] == 0
        if options["command"] == "init":
            self.init(options["language"])
        else:
            {"update": self.update, "compile": self.compile, "check": self.check_catalogues}[options["command"]]()

    def init(self, language: str) -> None:
        path = catalogues.catalogue_path(language)
        if path.exists():
            raise CommandError(f"init command failed: {path} exists; `translate update` brings it up to date")
        template = self.extract()
        with step("init"):
            catalogues.write(catalogues.new(template, language), path)
        self.say(f"{path} has {len(template)} messages to translate.")
        if not any(code == language for code, _name in settings.LANGUAGES):
            self.say(f"The site offers the language once LANGUAGES in microblog/settings/base.py names {language!r}.")

    def update(self) -> None:
        template = self.extract()
        for path in catalogues.catalogue_paths():
            with step("update"):
                catalogue = catalogues.read(path)
                catalogues.merge(catalogue, template)
                catalogues.write(catalogue, path)
            self.say(f"{path} is up to date.")

    def compile(self) -> None:
        for path in catalogues.catalogue_paths():
            with step("compile"):
                catalogues.compile_catalogue(path)
            self.say(f"{path} is compiled.")

    def check_catalogues(self) -> None:
        template = self.extract()
        found = 0
        for path in catalogues.catalogue_paths():
            with step("check"):
                for problem in catalogues.problems(catalogues.read(path), template):
                    found += 1
                    self.stderr.write(f"{path.parts[-3]}: {problem}")
        if found:
            raise CommandError(f"check command failed: {found} translations need a translator")
        self.say(f"All {len(template)} messages are translated.")

    def extract(self) -> Catalog:
        with step("extract"):
            return catalogues.extract()

    def say(self, text: str) -> None:
        if not self.is_quiet:
            self.stdout.write(text)
