import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.tests.factories import UserFactory
from relationships.models import Follow

pytestmark = pytest.mark.django_db


def test_database_refuses_that_people_follow_themselves():
    ana = UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(follower=ana, followed=ana)


def test_database_refuses_the_same_follow_twice():
    ana, bob = UserFactory.create_batch(2)
    Follow.objects.create(follower=ana, followed=bob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(follower=ana, followed=bob)


def test_database_refuses_an_email_that_is_not_in_lower_case():
    anas = User.objects.filter(pk=UserFactory().pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        anas.update(email="Ana@example.com")


def test_taken_email_is_an_error_of_its_field():
    UserFactory(email="ana@example.com")
    other = UserFactory.build(email="ana@example.com")
    with pytest.raises(ValidationError) as refused:
        other.validate_constraints()
    assert refused.value.message_dict == {"email": ["Please use a different email address."]}


def test_deactivated_user_is_not_active(settings):
    assert UserFactory().is_active
    assert not User(deactivated_at="2026-01-01T00:00Z").is_active


def test_superuser_made_by_command_holds_the_name():
    User.objects.create_superuser("Root", "Root@Example.com")
    root = User.objects.get_by_natural_key("root")
    assert (root.username, root.email, root.is_staff, root.is_superuser) == ("Root", "root@example.com", True, True)
    assert root.emailaddress_set.get().verified
