import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from audit.models import AuditEntry
from audit.services import record

pytestmark = pytest.mark.django_db


def test_entry_outlives_actor_and_target():
    admin, bob = (get_user_model().objects.create_user(name, f"{name}@example.com") for name in ("admin", "bob"))
    record("account.promote", actor=admin, target=bob, reason="Helps out.", before={"is_staff": False})
    pk = bob.pk
    bob.delete()
    admin.delete()
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.target_name, entry.target_id) == ("admin", "bob", pk)
    assert str(entry) == "admin: account.promote bob"


def test_actor_of_a_command_is_text():
    assert record("demo.load", actor="command by root").actor_id is None


@pytest.mark.parametrize(
    "change", [lambda entries: entries.update(reason="another"), QuerySet.delete], ids=["update", "delete"]
)
def test_database_refuses_changes_of_entries(change):
    record("account.promote", actor="command")
    entries = AuditEntry.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(entries)
    assert AuditEntry.objects.get().reason == ""


@pytest.mark.postgresql
@pytest.mark.parametrize("tables", ["audit_auditentry", "exports_export, audit_auditentry RESTART IDENTITY CASCADE"])
def test_database_refuses_to_truncate_the_log(tables):
    record("account.promote", actor="command")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
    assert AuditEntry.objects.exists()


def test_entry_is_rolled_back_with_its_transaction():
    with transaction.atomic():
        record("account.promote", actor="command")
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
