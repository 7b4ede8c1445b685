"""
Give the names that are held already their skeletons; of names that look alike, the oldest has it.

`manage.py check_usernames` lists the others. What a skeleton is comes from the code, not from a copy of it: new names
are compared with these.
"""

from django.db import migrations

from accounts.confusables import skeleton
from accounts.validators import fold_username

BATCH = 500


def fill(apps, schema_editor):
    usernames = apps.get_model("accounts", "Username").objects.using(schema_editor.connection.alias)
    names = usernames.order_by("created_at", "key").values_list("key", "user__username")
    found = {}
    for key, username in names.iterator():
        is_current = username is not None and fold_username(username) == key
        found.setdefault(skeleton(username if is_current else key), key)
    rows = [usernames.model(key=key, skeleton=shape) for shape, key in found.items()]
    usernames.bulk_update(rows, ["skeleton"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_skeletons_of_usernames")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
