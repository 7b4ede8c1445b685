"""Admin lists accept only the filters that they offer; any other lookup would be an oracle."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models.constants import LOOKUP_SEP
from django.test import Client
from django.urls import reverse
from django_rq.models import Dashboard

from accounts.tests.factories import UserFactory
from messaging.conversations.services import send_message
from moderation.models import Rule
from moderation.services.decisions import appeal, decide
from moderation.services.reports import report
from moderation.tests.factories import a_rule, make_case, make_moderator
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

# django-rq's page lists queues of Redis, not rows.
ADMINS = {model: page for model, page in admin.site._registry.items() if model is not Dashboard}
LOOKUPS = ["regex", "startswith", "gt", "isnull", "in"]


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def lookups_of(model):
    """Yield lookups of the columns of a model and of all related models."""
    for field in model._meta.get_fields(include_hidden=True):
        if not field.is_relation:
            yield from (f"{field.name}{LOOKUP_SEP}{lookup}" for lookup in LOOKUPS)
            continue
        name, related = field.name, field.related_model
        yield from (name, f"{name}__isnull", f"{name}__pk", f"{name}__in", f"{name}__id__exact")
        for column in related._meta.concrete_fields:
            yield from (f"{name}__{column.attname}", *(f"{name}__{column.attname}__{lookup}" for lookup in LOOKUPS))
        for further in related._meta.get_fields():
            if further.is_relation:
                yield from (f"{name}__{further.name}__pk__gt", f"{name}__{further.name}__isnull")


def offered_by(client, model):
    """Return the parameters of a list's filters and date links."""
    changelist = client.get(list_of(model)).context["cl"]
    filters = {name for spec in changelist.filter_specs for name in spec.expected_parameters()}
    dates = changelist.date_hierarchy
    return filters | ({f"{dates}__{part}" for part in ("year", "month", "day")} if dates else set())


def test_moderator_cannot_guess_a_session_key_by_the_list_of_appeals(client):
    mod, bob = UserFactory(username="mod", is_staff=True), UserFactory(username="bob")
    mod.groups.add(Group.objects.get(name="Moderators"))
    root = make_moderator(username="root")
    roots = Client()
    roots.force_login(root)
    decision = decide(make_case(PostFactory(author=bob)), action="warn", actor=root, rule=a_rule(), reason="Spam.")
    written = appeal(decision, actor=bob, text="No.")
    decide(written.decision.case, action="warn", actor=root, rule=a_rule(), reason="Again.", seen=1)
    client.force_login(mod)
    for lookup in (
        "answer__actor__usersession__session_key__regex",
        "decision__actor__password__startswith",
        "created_at__isnull",
        "answer__actor__email__contains",
    ):
        assert client.get("/admin/moderation/appeal/", {lookup: "a"}).status_code == 400, lookup


def test_administrator_and_superuser_cannot_guess_it_either(root_client, root):
    ana, bob = UserFactory(username="ana"), UserFactory(username="bob")
    send_message(bob, sender=ana, body="Between us alone.")
    for path, lookup in (
        ("accounts/username", "user__password__startswith"),
        ("accounts/username", "user__email__startswith"),
        ("messaging/participant", "last_message__body__contains"),
        ("auth/group", "user__password__startswith"),
        ("moderation/rule", "text__regex"),
    ):
        assert root_client.get(f"/admin/{path}/", {lookup: "a"}).status_code == 400, lookup


@pytest.fixture
def rows(client, root):
    """Sign in root, and create reports for two rules, so that filters are shown."""
    client.force_login(root)
    for rule in Rule.objects.in_force()[:2]:
        report(PostFactory(author=UserFactory()), actor=root, rule=rule)


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_list_refuses_every_lookup_that_it_does_not_offer(root_client, rows, model):
    offered = offered_by(root_client, model)
    page = ADMINS[model]
    refused = [lookup for lookup in lookups_of(model) if lookup not in offered]
    assert len(refused) > len(LOOKUPS)
    request = root_client.get(list_of(model)).wsgi_request
    assert [lookup for lookup in refused if page.lookup_allowed(lookup, "1", request)] == []
    # The list refuses what the method refuses; one lookup of each relation is requested.
    first_of_each = {lookup.partition(LOOKUP_SEP)[0]: lookup for lookup in refused}
    for lookup in first_of_each.values():
        assert root_client.get(list_of(model), {lookup: "1"}).status_code == 400, lookup


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model._meta.label)
def test_list_accepts_every_parameter_that_it_offers(root_client, rows, model):
    changelist = root_client.get(list_of(model)).context["cl"]
    links = [choice["query_string"] for spec in changelist.filter_specs for choice in spec.choices(changelist)]
    if changelist.date_hierarchy:
        name = changelist.date_hierarchy
        links += [f"?{name}__year=2026", f"?{name}__year=2026&{name}__month=3&{name}__day=1"]
    for link in links:
        assert root_client.get(list_of(model) + link).status_code == 200, link
