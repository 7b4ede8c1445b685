"""Staff can neither see nor change cases about themselves: neither reporters nor notes."""

from collections import Counter

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.tests.factories import UserFactory
from audit.models import AuditEntry
from moderation.models import Case, Decision, Note
from moderation.services.cases import CannotDecide, add_note, claim_case, release_case
from moderation.services.decisions import appeal, decide
from moderation.tests.factories import a_rule, make_case
from posts.models import Post
from posts.tests.factories import PostFactory

pytestmark = pytest.mark.django_db

RECORDS = ["case", "report", "decision", "appeal", "note"]
# Text in each case about the viewer, and in the case about another user.
# Status and redirect of each page of an invisible row; rows cannot be deleted.
PAGES_OF_A_ROW = {"change": (302, "/admin/"), "history": (302, "/admin/"), "delete": (403, None)}
PAGE_OF_A_CASE = {"change": (404, None)}
OWN, OTHERS = ["rita", "They insulted me.", "Third time."], ["tom", "They insulted us.", "First time."]


def list_of(name):
    return f"/admin/moderation/{name}/"


@pytest.fixture(params=["Moderators", "Administrators", "superuser"])
def viewer(request, client):
    viewer = UserFactory(username="viewer", is_staff=True, is_superuser=request.param == "superuser")
    if request.param != "superuser":
        viewer.groups.add(Group.objects.get(name=request.param))
    client.force_login(viewer)
    return viewer


def make_history(person, root, *, reporter, comment, note):
    """Report a person twice: one case is decided and appealed, the other is open."""
    decided = make_case(PostFactory(author=person), reporter=UserFactory(username=reporter), comment=comment)
    add_note(decided, actor=root, text=note)
    written = decide(decided, action="warn", actor=root, rule=a_rule(), reason=f"{reporter} is right.")
    appeal(written, actor=person, text=f"No, {reporter} is wrong.")
    opened = make_case(PostFactory(author=person), reporter=UserFactory(), comment=comment)
    add_note(opened, actor=root, text=note)
    return decided, opened


@pytest.fixture
def own(viewer, root):
    return make_history(viewer, root, reporter=OWN[0], comment=OWN[1], note=OWN[2])


@pytest.fixture
def others(viewer, root):
    return make_history(UserFactory(username="member"), root, reporter=OTHERS[0], comment=OTHERS[1], note=OTHERS[2])


@pytest.mark.parametrize("name", RECORDS)
def test_lists_exclude_own_cases(client, viewer, own, others, name):
    complete = ["", "?state=all", "?state=appealed"] if name == "case" else [""]
    for query in (*complete, "?q=viewer", f"?q={own[0].pk}"):
        response = client.get(list_of(name) + query)
        page = response.content.decode()
        assert not any(word in page for word in OWN), query
        rows = response.context["cl"].result_list
        cases = {row.pk if name == "case" else getattr(row, "case_id", None) or row.decision.case_id for row in rows}
        assert not cases & {case.pk for case in own}, query
        if query in complete:
            assert cases, query


@pytest.mark.parametrize("name", RECORDS)
def test_pages_of_own_cases_are_not_found(client, viewer, own, others, name):
    model = {"case": Case, "note": Note, "decision": Decision}.get(name) or Case._meta.apps.get_model(
        "moderation", name
    )
    path = "pk" if name == "case" else "decision__case" if name == "appeal" else "case"
    rows = model.objects.filter(**{f"{path}__in": [case.pk for case in own]})
    assert rows
    for row in rows:
        for page, expected in (PAGES_OF_A_ROW | (PAGE_OF_A_CASE if name == "case" else {})).items():
            response = client.get(reverse(f"admin:moderation_{name}_{page}", args=[row.pk]))
            assert (response.status_code, response.get("Location")) == expected, page
            assert not any(word in response.content.decode() for word in OWN)
    visible = model.objects.filter(**{f"{path}__in": [case.pk for case in others]})[0]
    assert client.get(reverse(f"admin:moderation_{name}_change", args=[visible.pk])).status_code == 200


def test_actions_on_own_cases_are_refused(client, viewer, own, others):
    before = list(Case.objects.order_by("pk").values()), Note.objects.count(), Decision.objects.count()
    sent = {"text": "Nonsense.", "seen": 1, "rule": a_rule().pk, "reason": "x", "length": "7", "action": "dismiss"}
    for case in own:
        for do in ("claim", "release", "note", "decide", "reverse", "appeal"):
            path = reverse("admin:moderation_case_change", args=[case.pk])
            written = case.decisions.first()
            assert client.post(path, {"do": do, "decision": written.pk if written else 0, **sent}).status_code == 404
    ids = ",".join(str(case.pk) for case in own)
    client.post("/admin/moderation/case/decide/", {**sent, "ids": ids})
    page = client.post(list_of("case"), {"action": "dismiss", "_selected_action": [case.pk for case in own]})
    assert not any(word in page.content.decode() for word in OWN)
    assert (list(Case.objects.order_by("pk").values()), Note.objects.count(), Decision.objects.count()) == before


def test_services_refuse_own_cases_too(viewer, own):
    for case in own:
        for act in (lambda case: claim_case(case, actor=viewer), lambda case: add_note(case, actor=viewer, text="x")):
            with pytest.raises(CannotDecide, match="about you"):
                act(case)
        release_case(case, actor=viewer)
    assert not Case.objects.filter(claimed_by=viewer).exists()


def test_moderator_cannot_keep_administrators_from_a_case_about_staff(client):
    mod, fellow = UserFactory(username="mod", is_staff=True), UserFactory(is_staff=True)
    mod.groups.add(Group.objects.get(name="Moderators"))
    case = make_case(fellow)
    client.force_login(mod)
    client.post(reverse("admin:moderation_case_change", args=[case.pk]), {"do": "claim"})
    assert not Case.objects.get().is_claimed


def test_own_user_page_and_admin_index_exclude_own_cases(client, viewer, own, others):
    page = client.get(reverse("admin:accounts_user_change", args=[viewer.pk])).content.decode()
    assert not any(word in page for word in OWN)
    page = client.get(reverse("admin:accounts_user_change", args=[others[0].person_id])).content.decode()
    assert OTHERS[2] in page
    assert "<strong>2</strong> cases waiting" in client.get("/admin/").content.decode()


def test_audit_log_excludes_entries_about_own_cases(client, viewer, root, own, others):
    claim_case(own[1], actor=root)
    decide(own[1], action="hide_post", actor=root, rule=a_rule(), reason="Hidden for it.")
    claim_case(others[1], actor=root)
    decide(others[1], action="hide_post", actor=root, rule=a_rule(), reason="Hidden as well.")
    hidden = [entry for entry in AuditEntry.objects.all() if concerns(entry, own)]
    shown = list(client.get("/admin/audit/auditentry/").context["cl"].result_list)
    assert Counter(entry.action for entry in hidden) == {
        "case.note": 2,
        "case.warn": 1,
        "case.appeal": 1,
        "case.claim": 1,
        "post.hide": 1,
    }
    assert {entry.pk for entry in hidden}.isdisjoint(entry.pk for entry in shown)
    assert len(shown) == AuditEntry.objects.count() - len(hidden)
    assert client.get(reverse("admin:audit_auditentry_change", args=[hidden[0].pk])).status_code == 302


def concerns(entry, cases):
    numbers = {case.pk for case in cases}
    return (entry.target_type == "moderation.Case" and entry.target_id in numbers) or entry.after.get(
        "case"
    ) in numbers


def test_own_hidden_posts_are_excluded_because_rows_name_the_moderator(client, viewer, root, own, others):
    for case in (own[1], others[1]):
        decide(case, action="hide_post", actor=root, rule=a_rule(), reason="Hidden for it.")
    shown = {post.pk for post in client.get("/admin/posts/post/").context["cl"].result_list}
    assert own[1].target_id not in shown and {own[0].target_id, others[1].target_id} <= shown
    assert client.get(reverse("admin:posts_post_change", args=[own[1].target_id])).status_code == 302
    sent = {"action": "restore_post", "ids": str(own[1].target_id), "reason": "x", "length": "7"}
    client.post("/admin/posts/post/decide/", sent)
    assert Post.objects.get(pk=own[1].target_id).hidden_at


def test_autocomplete_finds_no_own_cases(client, viewer, own, others):
    query = {"app_label": "moderation", "model_name": "note", "field_name": "case", "term": ""}
    response = client.get("/admin/autocomplete/", query)
    numbers = {int(row["id"]) for row in response.json()["results"]}
    assert numbers and numbers.isdisjoint(case.pk for case in own)
