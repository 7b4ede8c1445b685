"""The API matches its OpenAPI document, which is complete."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site
from django.db import connection
from django.urls import get_resolver, resolve
from drf_spectacular.drainage import GENERATOR_STATS
from jsonschema import Draft202012Validator

from accounts.services import register_user
from api.schema import get_schema
from posts.services import publish_post
from relationships.services import follow_user
from tests.contract.hooks import PASSWORD

CONTRACT = Path(__file__).with_name("contract")
EXAMPLES = 100
API = next(entry for entry in get_resolver().url_patterns if getattr(entry, "namespace", "") == "api").url_patterns


@pytest.mark.postgresql
@pytest.mark.contract
@pytest.mark.django_db(transaction=True)
def test_nothing_contradicts_the_description(live_server, settings):
    """Run schemathesis with all of its checks."""
    settings.API_RATE_LIMITS = dict.fromkeys(site.API_RATE_LIMITS, "1000000/s")
    settings.ACCOUNT_RATE_LIMITS = {}
    caller = register_user(username="ana", email="ana@example.com", password=PASSWORD)
    other = register_user(username="bob", email="bob@example.com", password=None)
    follow_user(other, actor=caller)
    for person in (caller, other):
        publish_post(person, body="Hello")
    database = connection.settings_dict
    url = f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    command = [sys.executable, "-m", "schemathesis.cli", f"--config-file={CONTRACT / 'schemathesis.toml'}", "run"]
    # One worker: threads that parse source at the same time, as Hypothesis does, crash Python 3.11 (its issue 106905).
    command += [f"{live_server.url}/api/schema", f"--max-examples={EXAMPLES}", "--workers=1", "--checks=all"]
    environment = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "microblog.settings"}
    done = subprocess.run(
        command, cwd=site.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


@pytest.mark.django_db
class TestDescription:
    def test_is_valid_and_without_a_warning(self, client):
        GENERATOR_STATS.reset()
        get_schema.cache_clear()
        schema = client.get("/api/schema").json()
        assert schema["openapi"].startswith("3.1")
        assert not GENERATOR_STATS

    def test_every_url_is_in_it(self):
        assert {pattern.name for pattern in API if pattern.name} == {
            resolve(re.sub(r"{\w+}", "1", path)).url_name for path in get_schema()["paths"]
        } | {"schema"}

    def test_no_path_of_a_list_reads_as_that_of_a_resource_that_can_be_deleted(self):
        """Readers, and schemathesis, take `/posts/1/reposts` for what `DELETE /posts/1/repost` deletes."""
        paths = get_schema()["paths"]
        assert {path for path, methods in paths.items() if "delete" in methods and f"{path}s" in paths} == set()

    def test_every_operation_has_examples_of_requests_and_responses(self):
        operations = [each for methods in get_schema()["paths"].values() for each in methods.values()]
        methods = ("get", "post", "put", "patch", "delete")
        views = [pattern.callback.cls for pattern in API if pattern.name != "schema" and pattern.name]
        assert len(operations) == sum(hasattr(view, method) for view in views for method in methods)
        for operation in operations:
            contents = [operation.get("requestBody"), *operation["responses"].values()]
            for content in (each["content"] for each in contents if each and "content" in each):
                for media in content.values():
                    assert {"example", "examples"} & media.keys(), operation["operationId"]
            assert operation["summary"]

    def test_examples_match_their_schemas(self):
        schema = get_schema()
        checked = 0
        for operation in (each for methods in schema["paths"].values() for each in methods.values()):
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for media in part.get("content", {}).values():
                    if "example" in media:
                        rule = Draft202012Validator({**media["schema"], "components": schema["components"]})
                        errors = [error.message for error in rule.iter_errors(media["example"])]
                        assert errors == [], operation["operationId"]
                        checked += 1
        assert checked > len(schema["paths"])

    def test_page_shows_every_operation(self, client):
        page = client.get("/api/docs").content.decode()
        for methods in get_schema()["paths"].values():
            for operation in methods.values():
                assert f'id="{operation["operationId"]}"' in page
