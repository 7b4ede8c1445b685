"""Entries and snippets in the API."""

from datetime import datetime

import pytest
from django.test import Client

from blog.models import BODY_MAX_LENGTH, Entry, Publication
from blog.services import edit_publication, hide_publication
from blog.tests.factories import EntryFactory, SnippetFactory
from posts.models import Post
from relationships.services import block_user, mute_user
from tests.helpers.clients import bearer, item_ids, send
from tests.helpers.concurrency import at_once

pytestmark = pytest.mark.django_db
DRAFT, PUBLIC = Publication.Status.DRAFT, Publication.Status.PUBLIC
KINDS = {"entries": EntryFactory, "snippets": SnippetFactory}
BOTH = pytest.mark.parametrize("place", KINDS)


def path_of(publication):
    return f"/api/{publication.namespace}/{publication.pk}"


class TestEntries:
    def test_entry_is_written_changed_and_deleted(self, as_ana, ana):
        data = {"title": " Tea  time ", "body": "The *best*\r\nof times", "tags": ["Green tea", "cups"]}
        written = send(as_ana, "POST", "/api/entries", data)
        entry = written.json()
        assert (written.status_code, written["Location"]) == (201, f"/api/entries/{entry['id']}")
        assert {name: entry[name] for name in ("title", "slug", "body", "status", "tags", "language")} == {
            "title": "Tea time",
            "slug": "tea-time",
            "body": "The *best*\nof times",
            "status": "public",
            "tags": ["cups", "green-tea"],
            "language": Entry.objects.get().language,
        }
        assert "<em>best</em>" in entry["html"]
        assert entry["author"]["username"] == "ana"
        assert entry["published"] == entry["updated"] == entry["created_at"]
        assert entry["_links"] == {"self": written["Location"], "html": "/blog/tea-time/"}
        assert as_ana.get(written["Location"]).json() == entry
        changed = send(as_ana, "PUT", written["Location"], {"title": "Coffee time", "tags": []}).json()
        assert [changed[name] for name in ("title", "slug", "body", "tags")] == [
            "Coffee time", "tea-time", "The *best*\nof times", [],
        ]  # fmt: skip
        assert changed["published"] == entry["published"]
        assert datetime.fromisoformat(changed["updated"]) > datetime.fromisoformat(entry["updated"])
        assert as_ana.delete(written["Location"]).status_code == 204
        assert as_ana.get(written["Location"]).status_code == 404
        assert not Entry.objects.exists()

    def test_order_of_tags_does_not_change_the_etag(self, as_ana, ana):
        path = path_of(EntryFactory(author=ana, tags=["b", "a"]))
        etags = {send(as_ana, "PUT", path, {"tags": tags})["ETag"] for tags in (["b", "a"], ["a", "b", "a"])}
        assert etags == {as_ana.get(path)["ETag"]}

    def test_too_many_tags_are_refused_as_on_the_page(self, as_ana):
        data = {"title": "Tea", "body": "x", "tags": list("abcdef")}
        response = send(as_ana, "POST", "/api/entries", data)
        assert response.status_code == 400
        assert [error["pointer"] for error in response.json()["errors"]] == ["#/tags"]


class TestSnippets:
    def test_language_of_the_code_is_given_or_detected(self, as_ana):
        data = {"title": "Loop", "body": "#!/usr/bin/env python3\nfor i in range(3):\n\tprint(i)"}
        detected = send(as_ana, "POST", "/api/snippets", data)
        assert (detected.status_code, detected.json()["body"]) == (201, data["body"])
        path = detected["Location"]
        assert detected.json()["_links"] == {"self": path, "html": "/snippets/loop/"}
        assert send(as_ana, "PUT", path, {"language": "ruby"}).json()["language"] == "ruby"
        assert send(as_ana, "PUT", path, {"title": "A loop"}).json()["language"] == "ruby"
        again = send(as_ana, "PUT", path, {"language": ""}).json()["language"]
        assert again == detected.json()["language"] == "python"

    def test_unknown_language_is_refused(self, as_ana):
        response = send(as_ana, "POST", "/api/snippets", {"title": "x", "body": "x", "language": "klingon"})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "#/language")


@BOTH
class TestWriting:
    def test_text_is_checked_as_on_the_page(self, as_ana, place):
        url = f"/api/{place}"
        for wrong, pointer in (
            ({"body": "x" * (BODY_MAX_LENGTH + 1)}, "#/body"),
            ({"body": " \n"}, "#/body"),
            ({"body": 1}, "#/body"),
            ({"title": "x" * 101}, "#/title"),
            ({"title": ""}, "#/title"),
            ({"title": "\u200b"}, "#/title"),
            ({"status": "hidden"}, "#/status"),
            ({"status": 1}, "#/status"),
            ({"announce": "yes"}, "#/announce"),
        ):
            response = send(as_ana, "POST", url, {"title": "A title", "body": "A text"} | wrong)
            assert response.status_code == 400, wrong
            assert response.json()["errors"][0]["pointer"] == pointer
        assert send(as_ana, "POST", url, {"title": "A title"}).status_code == 400
        assert not KINDS[place]._meta.model.objects.exists()

    def test_longest_text_is_accepted_in_any_script_and_a_larger_body_refused(self, as_ana, place):
        # Escaped, each character of this script has six bytes.
        lines = ("茶" * 99 + "\n") * (BODY_MAX_LENGTH // 100)
        written = send(as_ana, "POST", f"/api/{place}", {"title": "Long", "body": lines})
        assert written.status_code == 201, written.content[:500]
        assert written.json()["body"] == lines.strip("\n")
        response = send(as_ana, "POST", f"/api/{place}", {"title": "Long", "body": "x" * 1024 * 1024})
        assert (response.status_code, response.json()["message"]) == (413, "the body is larger than 1048576 bytes")

    def test_draft_is_published_and_announced_once(self, as_ana, place):
        written = send(as_ana, "POST", f"/api/{place}", {"title": "Soon", "body": "x", "status": "draft"})
        assert (written.json()["status"], written.json()["published"]) == ("draft", None)
        for _time in range(2):
            changed = send(as_ana, "PUT", written["Location"], {"status": "public", "announce": True}).json()
            assert changed["status"] == "public"
            assert changed["published"] is not None
        (post,) = Post.objects.all()
        assert post.body.startswith("Soon http")

    def test_texts_of_others_cannot_be_changed(self, as_bob, ana, place):
        path = path_of(KINDS[place](author=ana))
        for response in (send(as_bob, "PUT", path, {"title": "x"}), as_bob.delete(path)):
            assert response.status_code == 403
            assert response.json()["message"] == "you can change only what you wrote"

    def test_unconfirmed_member_writes_nothing_but_may_delete(self, as_ana, ana, place, settings):
        path = path_of(KINDS[place](author=ana))
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
        for method, url in (("POST", f"/api/{place}"), ("PUT", path)):
            response = send(as_ana, method, url, {"title": "x", "body": "x"})
            assert response.status_code == 403
            assert response.json()["message"].startswith("confirm your email address first")
        assert as_ana.delete(path).status_code == 204

    def test_api_and_pages_count_together(self, as_ana, ana_client, place, settings):
        settings.ACCOUNT_RATE_LIMITS = {"write_blog": "2/m/user", "edit_blog": "1/m/user"}
        page = {"entries": "/blog/create/", "snippets": "/snippets/create/"}[place]
        assert ana_client.post(page, {"title": "x", "body": "x", "status": PUBLIC}).status_code == 302
        written = send(as_ana, "POST", f"/api/{place}", {"title": "x", "body": "x"})
        assert send(as_ana, "POST", f"/api/{place}", {"title": "x", "body": "x"}).status_code == 429
        statuses = [send(as_ana, "PUT", written["Location"], {"title": title}).status_code for title in "yz"]
        assert (written.status_code, statuses) == (201, [200, 429])

    def test_repeated_key_writes_once_and_is_404_after_deletion(self, as_ana, place):
        data = {"title": "Once", "body": "x", "status": "draft"}
        answers = [send(as_ana, "POST", f"/api/{place}", data, Idempotency_Key="k1") for _time in range(2)]
        assert answers[0].json() == answers[1].json()
        assert answers[1]["Idempotent-Replayed"] == "true"
        assert as_ana.delete(answers[0]["Location"]).status_code == 204
        assert send(as_ana, "POST", f"/api/{place}", data, Idempotency_Key="k1").status_code == 404
        assert not KINDS[place]._meta.model.objects.exists()


@BOTH
class TestConditions:
    def test_changed_text_is_neither_overwritten_nor_deleted(self, as_ana, ana, place):
        publication = KINDS[place](author=ana)
        path = path_of(publication)
        etag = as_ana.get(path)["ETag"]
        assert as_ana.get(path, headers={"If-None-Match": etag}).status_code == 304
        edit_publication(publication, body="edited on the phone")
        for method in ("PUT", "DELETE"):
            response = send(as_ana, method, path, {"body": "edited here"}, If_Match=etag)
            assert (response.status_code, response.json()["message"]) == (412, "it has changed since you read it")
        current = as_ana.get(path)
        assert (current.json()["body"], current["ETag"] == etag) == ("edited on the phone", False)
        assert send(as_ana, "PUT", path, {"body": "edited here"}, If_Match=current["ETag"]).status_code == 200


@pytest.mark.django_db(transaction=True)
@BOTH
def test_one_of_two_changes_at_once_is_refused(ana, place):
    publication = KINDS[place](author=ana)
    headers, path = bearer(ana), path_of(publication)
    etag = Client(headers=headers).get(path)["ETag"]

    def change(title):
        return lambda: send(Client(headers=headers), "PUT", path, {"title": title}, If_Match=etag).status_code

    assert sorted(at_once(change("one"), change("two"))) == [200, 412]
    assert KINDS[place]._meta.model.objects.get().version == 2


@BOTH
class TestVisibility:
    def test_draft_exists_for_its_author_only(self, as_ana, as_bob, ana, place):
        draft = KINDS[place](author=ana, status=DRAFT)
        path = path_of(draft)
        etag = as_ana.get(path)["ETag"]
        assert item_ids(as_ana.get(f"/api/{place}/drafts")) == [draft.pk]
        assert item_ids(as_bob.get(f"/api/{place}/drafts")) == []
        for response in (
            as_bob.get(path),
            as_bob.get(path, headers={"If-None-Match": etag}),
            send(as_bob, "PUT", path, {"title": "x"}, If_Match=etag),
            send(as_bob, "PUT", path, {"title": "x"}, If_Match='"x"'),
            as_bob.delete(path),
        ):
            assert response.status_code == 404
            assert "ETag" not in response
        for client in (as_ana, as_bob):
            for url in (f"/api/{place}", f"/api/users/{ana.pk}/{place}"):
                assert item_ids(client.get(url)) == []

    def test_hidden_text_is_shown_to_its_author_with_the_reason(self, as_ana, as_bob, ana, mod, place):
        publication = KINDS[place](author=ana)
        hide_publication(publication, actor=mod, reason="Rule 4.")
        for url in (f"/api/{place}", f"/api/users/{ana.pk}/{place}"):
            (item,) = as_ana.get(url).json()["items"]
            assert item["hidden_reason"] == "Rule 4."
            assert item_ids(as_bob.get(url)) == []
        assert as_ana.get(path_of(publication)).json()["hidden_reason"] == "Rule 4."
        assert as_bob.get(path_of(publication)).status_code == 404

    def test_muted_and_blocked_authors_are_left_out_as_on_the_page(self, as_bob, bob, ana, mod, place):
        texts = {user: KINDS[place](author=user) for user in (ana, mod)}
        mute_user(ana, actor=bob)
        block_user(bob, actor=mod)
        assert item_ids(as_bob.get(f"/api/{place}")) == []
        assert item_ids(as_bob.get(f"/api/users/{ana.pk}/{place}")) == [texts[ana].pk]
        assert as_bob.get(f"/api/users/{mod.pk}/{place}").status_code == 404
        assert as_bob.get(path_of(texts[mod])).status_code == 404


@BOTH
class TestLists:
    def test_list_is_in_the_order_of_publication_without_the_texts(self, as_ana, ana, place):
        late = KINDS[place](author=ana, status=DRAFT)
        early = [KINDS[place](author=ana) for _number in range(4)]
        edit_publication(late, status=PUBLIC)
        expected = [late.pk, *(row.pk for row in reversed(early))]
        for url in (f"/api/{place}", f"/api/users/{ana.pk}/{place}"):
            found, after = [], f"{url}?limit=2"
            while after:
                page = as_ana.get(after)
                found += item_ids(page)
                after = page.json()["_links"]["next"]
            assert found == expected
            assert item_ids(as_ana.get(page.json()["_links"]["prev"])) == expected[2:4]
            (item,) = page.json()["items"]
            assert item["summary"]
            assert not {"body", "html"} & item.keys()

    def test_drafts_are_in_the_order_of_their_creation(self, as_ana, ana, place):
        drafts = [KINDS[place](author=ana, status=DRAFT).pk for _number in range(3)][::-1]
        first = as_ana.get(f"/api/{place}/drafts?limit=2")
        assert item_ids(first) == drafts[:2]
        assert item_ids(as_ana.get(first.json()["_links"]["next"])) == drafts[2:]
