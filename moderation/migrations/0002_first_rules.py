"""Begin with the rules that the site began with."""

from django.db import migrations

RULES = (
    "Be kind. Disagree with what was said, not with who said it.",
    "No harassment, threats or hate, in public or in private.",
    "Do not publish what others told you in confidence, or where they live.",  # codespell:ignore told
    "No spam, and nobody else's name: be yourself.",  # codespell:ignore nobody
    "Nothing that is against the law where this site is run.",
)


def create(apps, schema_editor):
    rule = apps.get_model("moderation", "Rule")
    rule.objects.bulk_create(rule(text=text, position=position) for position, text in enumerate(RULES, 1))


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_cases")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
