import json

import pytest

from scripts.audit import findings

GOOD = {"name": "django", "version": "5.2", "vulns": []}
BAD = {"name": "rq", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def findings_of(*packages):
    return findings(json.dumps({"dependencies": packages}))


@pytest.mark.parametrize("report", ["", "not json", "[]", "{}", '{"dependencies": []}'])
def test_missing_report_is_not_success(report):
    assert findings(report) == ([], ["all packages"])


def test_skipped_package_is_reported_next_to_vulnerabilities():
    assert findings_of(GOOD) == ([], [])
    assert findings_of(GOOD, SKIPPED) == ([], ["six"])
    assert findings_of(SKIPPED, BAD) == (["rq 2.0: CVE-1, fixed in 2.1"], ["six"])
