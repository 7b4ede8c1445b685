import pytest
from django.test import RequestFactory
from django.test.utils import override_script_prefix

from microblog.core.performance.urls import cached_reverse, script_prefix


@pytest.mark.parametrize("is_on", [True, False])
def test_urls_have_the_prefix_of_their_request(settings, is_on):
    settings.PERFORMANCE_CACHES = is_on
    respond = script_prefix(lambda _request: cached_reverse("about"))
    for prefix in ("/", "/social/", "/"):
        with override_script_prefix(prefix):
            assert respond(RequestFactory().get("/about")) == cached_reverse("about") == f"{prefix}about"
            with override_script_prefix("/other/"):
                # Outside of requests, too.
                assert cached_reverse("about") == "/other/about"
