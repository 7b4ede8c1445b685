"""End the lines of what people say about themselves as the forms and the API do now, with a line feed."""

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Replace


def normalize_line_ends(apps, schema_editor):
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    line_feeds = Replace(Replace(F("about_me"), Value("\r\n"), Value("\n")), Value("\r"), Value("\n"))
    people.filter(about_me__contains="\r").update(about_me=line_feeds)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_characters_of_about_me")]
    operations = [migrations.RunPython(normalize_line_ends, migrations.RunPython.noop)]
