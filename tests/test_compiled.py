import pytest
from django.db.models import F, QuerySet
from django.db.models.signals import post_init
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import UserFactory
from microblog.core.pagination import Cursor
from microblog.core.performance.queries import Maker, compiled

pytestmark = pytest.mark.django_db


def test_query_is_built_once_for_each_shape_and_run_with_each_argument(django_assert_num_queries):
    built = []

    @compiled
    def older(viewer: User, cursor: Cursor) -> QuerySet[User]:
        built.append(cursor)
        return cursor.window(User.objects.visible_to(viewer).exclude(pk=viewer.pk))

    people = UserFactory.create_batch(4)
    for viewer in people:
        for other in people:
            with django_assert_num_queries(1):
                rows = older(viewer, Cursor(2, before=other.pk))
            assert rows == [person for person in people[::-1] if person.pk < other.pk and person != viewer][:2]
    assert len(built) == 1
    assert older(people[0], Cursor(3)) == people[:0:-1]
    people[0].has_blocks = True
    assert older(people[0], Cursor(3)) == people[:0:-1]
    assert len(built) == 3


def test_parameters_may_be_numbers_texts_and_lists_in_any_order():
    @compiled
    def named(number: int, name: str, pks: list[int]) -> QuerySet[User]:
        return User.objects.filter(pk__gt=number - 5, username=name, pk__in=pks).annotate(twice=F("pk") * 2)

    ana = UserFactory(username="ana")
    for number, name, pks, found in [
        (ana.pk + 4, "ana", [ana.pk], [ana]),
        (ana.pk + 5, "ana", [ana.pk], []),
        (1, "bob", [ana.pk], []),
        (1, "ana", [ana.pk + 1, ana.pk], [ana]),
        (1, "ana", [], []),
    ]:
        rows = named(number, name, pks)
        assert rows == found
        assert [row.twice for row in rows] == [2 * row.pk for row in rows]


def test_rows_have_the_annotations_of_their_queryset(django_assert_num_queries):
    @compiled
    def briefly(pk: int) -> QuerySet[User]:
        return User.objects.filter(pk=pk).only("username")

    ana = UserFactory()
    (found,) = briefly(ana.pk)
    assert "email" in found.get_deferred_fields()
    with django_assert_num_queries(1):
        assert found.email == ana.email
    found.username = "bea"
    found.save(update_fields=["username"])
    assert User.objects.get(pk=ana.pk).username == "bea"


def test_times_are_not_compiled_into_a_query():
    @compiled
    def recent(pk: int) -> QuerySet[User]:
        return User.objects.filter(pk=pk, created_at__lt=timezone.now())

    with pytest.raises(TypeError, match="always use"):
        recent(1)


def test_viewer_has_only_the_attributes_of_the_shape():
    @compiled
    def of_staff(viewer: User) -> QuerySet[User]:
        return User.objects.filter(is_staff=viewer.is_staff)

    viewer = UserFactory()
    with pytest.raises(User.DoesNotExist):
        of_staff(viewer)


def test_method_of_a_queryset_starts_with_all_rows(django_assert_num_queries):
    class People(QuerySet):
        @compiled
        def up_to(self, pk: int) -> QuerySet[User]:
            return self.filter(pk__lte=pk).order_by("pk")

    ana, bob = UserFactory.create_batch(2)
    with django_assert_num_queries(2):
        assert People(User).up_to(ana.pk)[-1] == ana
        assert People(User).up_to(bob.pk)[-2:] == [ana, bob]
    for narrower in (People(User).filter(pk=ana.pk), People(User)[:1], People(User).annotate(one=F("pk"))):
        with pytest.raises(TypeError, match="all rows"):
            narrower.up_to(bob.pk)


def test_only_models_that_are_plainly_made_from_rows_can_be_compiled():
    def initialized(**kwargs):
        pass

    post_init.connect(initialized, sender=User)
    try:
        with pytest.raises(TypeError, match="User does more"):
            Maker(User)
    finally:
        post_init.disconnect(initialized, sender=User)
    assert Maker(User).model is User
