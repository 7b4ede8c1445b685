import json

import pytest

from scripts.audit import findings

GOOD = {"name": "django", "version": "5.2", "vulns": []}
BAD = {"name": "rq", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def findings_of(*packages):
    return findings(json.dumps({"dependencies": packages}))


@pytest.mark.parametrize("report", ["", "not json", "[]", "{}", '{"dependencies": []}'])
def test_no_answer_is_told_apart_from_good_news(report):
    assert findings(report) == ([], ["all packages"])


def test_package_that_was_not_looked_up_is_no_good_news_and_hides_no_bad_news():
    assert findings_of(GOOD) == ([], [])
    assert findings_of(GOOD, SKIPPED) == ([], ["six"])
    assert findings_of(SKIPPED, BAD) == (["rq 2.0: CVE-1, mended in 2.1"], ["six"])
