import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import gettext, ngettext, override, trans_real

from scripts import catalogues

SHOP = {
    "shop/__init__.py": "",
    "shop/views.py": '_("Welcome!")\nngettext("%(count)d apple", "%(count)d apples", n)\npgettext("month", "May")\n',
    "shop/tests/test_views.py": '_("Only said in a test")\n',
    "shop/templates/shop/page.html": (
        "{% load i18n %}\n    <p>\n  {% blocktranslate trimmed %}\n  Hello, {{ name }}!\n  {% endblocktranslate %}"
        '\n</p>{% translate "50% off" %}\n'
    ),
    "shop/templates/shop/mail.txt": "{% load i18n %}{% translate 'By mail' %}",
}
SAID = ["Welcome!", "%(count)d apple", "May", "Hello, %(name)s!", "50%% off", "By mail"]


@pytest.fixture(autouse=True)
def shop(settings, tmp_path):
    """Set up a site of one small package, with no catalogue."""
    for name, text in SHOP.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    return tmp_path


def run(*arguments):
    output, errors = StringIO(), StringIO()
    try:
        call_command("translate", *arguments, stdout=output, stderr=errors)
    except CommandError as error:
        return f"{errors.getvalue()}{error}"
    return output.getvalue()


def catalogue(language):
    return catalogues.catalogue_path(language)


def translate(language, **strings):
    """Translate messages by hand; keys are their first letters."""
    path = catalogue(language)
    text = path.read_text()
    for start, string in strings.items():
        text = re.sub(rf'(msgid "{start}[^\n]*\n)msgstr "[^\n]*"', rf'\1msgstr "{string}"', text)
    path.write_text(text)


def test_init_collects_all_messages_and_leaves_no_template(shop):
    run("init", "es")
    ids = [message.id for message in catalogues.read(catalogue("es")) if message.id]
    assert sorted(text if isinstance(text, str) else text[0] for text in ids) == sorted(SAID)
    assert list(shop.rglob("*.pot")) == []
    assert [path.name for path in (shop / "locale").iterdir()] == ["es"]
    assert "init command failed" in run("init", "es")


def test_init_names_folders_as_django_does(shop):
    run("init", "zh-hant")
    assert catalogue("zh-hant") == shop / "locale" / "zh_Hant" / "LC_MESSAGES" / "django.po"
    assert catalogue("zh-hant").exists()


@pytest.mark.parametrize("language", ["tlh-kronos", "../../etc", "", "en us"])
def test_init_refuses_an_unknown_language(shop, language):
    assert run("init", language).startswith("init command failed: ")
    assert not (shop / "locale").exists()


def test_update_keeps_translations_and_adds_what_is_new(shop):
    run("init", "es")
    run("init", "ar")
    translate("es", Welcome="¡Te damos la bienvenida!")
    with (shop / "shop/views.py").open("a") as file:
        file.write('_("Goodbye!")\n')
    run("update")
    for language in ("es", "ar"):
        assert catalogues.read(catalogue(language)).get("Goodbye!")
    assert catalogues.read(catalogue("es")).get("Welcome!").string == "¡Te damos la bienvenida!"
    before = catalogue("es").read_text()
    run("update")
    assert catalogue("es").read_text() == before


def test_compiled_catalogue_is_used_by_django(shop):
    run("init", "es")
    translate("es", Welcome="¡Te damos la bienvenida!")
    run("compile")
    trans_real._translations.pop("es", None)
    try:
        with override("es"):
            assert gettext("Welcome!") == "¡Te damos la bienvenida!"
            assert gettext("By mail") == "By mail"
    finally:
        trans_real._translations.pop("es", None)


def test_check_names_what_is_missing_fuzzy_or_broken(shop):
    run("init", "es")
    assert run("check").count("missing") == 6
    translate(
        "es", Welcome="Hola", Hello="¡Hola, %(nombre)s!", May="mayo", By="Por correo", **{"50": "Mitad de precio"}
    )
    path = catalogue("es")
    path.write_text(
        path.read_text()
        .replace('msgstr[0] ""', 'msgstr[0] "una manzana"')
        .replace('msgstr[1] ""', 'msgstr[1] "manzanas"')
        .replace('\nmsgid "By mail', '\n#, fuzzy\nmsgid "By mail')
    )
    *found, end = run("check").splitlines()
    assert sorted(found) == [
        "es: broken placeholders: '%(count)d apple'",
        "es: broken placeholders: 'Hello, %(name)s!'",
        "es: fuzzy: 'By mail'",
    ]
    assert end == "check command failed: 3 translations need a translator"


def test_check_names_wrong_plurals(shop):
    run("init", "ar")
    path = catalogue("ar")
    text = path.read_text()
    path.write_text(text.replace("n%100>=3", "n%100>=4"))
    assert "ar: wrong plural forms" in run("check")
    path.write_text(text.replace('msgstr[3] ""', 'msgstr[3] "%(count)d"'))
    assert "ar: plural form 0 is missing" in run("check")


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("shop/templates/shop/page.html", "{% blocktranslate %}{% if x %}{% endblocktranslate %}", "extract"),
        ("shop/views.py", '_("never ends\n', "extract"),
        ("locale/es/LC_MESSAGES/django.po", "nonsense\n", "update"),
        ("locale/es/LC_MESSAGES/django.po", "nonsense\n", "compile"),
    ],
)
def test_failed_step_is_named(shop, name, text, command):
    run("init", "es")
    (shop / name).write_text(text)
    assert run("compile" if command == "compile" else "update").startswith(f"{command} command failed: ")


def test_help_lists_the_commands(capsys):
    for arguments, text in [
        (["--help"], "Translation and localization commands."),
        (["init", "--help"], "Initialize a new language."),
        (["update", "--help"], "Update all languages."),
        (["compile", "--help"], "Compile all languages."),
    ]:
        with pytest.raises(SystemExit):
            call_command("translate", *arguments)
        assert text in " ".join(capsys.readouterr().out.split())


class TestSite:
    @pytest.fixture(autouse=True)
    def _real(self, shop, settings):
        settings.BASE_DIR = Path(catalogues.__file__).parents[1]
        settings.LOCALE_PATHS = [settings.BASE_DIR / "locale"]

    def test_every_language_is_complete(self):
        assert re.fullmatch(r"All \d{3,} messages are translated.\n", run("check"))
        assert [path.parts[-3] for path in catalogues.catalogue_paths()] == ["ar", "es", "zh_Hans"]

    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (0, "لا منشورات جديدة"),
            (1, "منشور جديد"),
            (2, "منشوران جديدان"),
            (3, "3 منشورات جديدة"),
            (10, "10 منشورات جديدة"),
            (11, "11 منشورًا جديدًا"),
            (100, "100 منشور جديد"),
            (103, "103 منشورات جديدة"),
        ],
    )
    def test_arabic_counts_in_six_ways(self, number, text):
        with override("ar"):
            said = ngettext("%(counter)s new post", "%(counter)s new posts", number) % {"counter": number}
        assert said == text
