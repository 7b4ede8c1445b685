"""
Check the site's packages for known vulnerabilities.

Exit status: 0 none known, 1 some known, 75 the list could not be fetched.
"""

import json
import subprocess
import sys

from .environment import PYTHON, ROOT

# What a site installs.
FILES = ("requirements.txt", "requirements-mysql.txt")
REQUIREMENTS = [f"--requirement={name}" for name in FILES]
COMMAND = [str(PYTHON), "-m", "pip_audit", *REQUIREMENTS, "--disable-pip", "--format=json"]
UNKNOWN = 75


def main() -> None:
    """Run pip-audit and print its findings."""
    done = subprocess.run(COMMAND, cwd=ROOT, capture_output=True, text=True, check=False)
    vulnerable, unknown = findings(done.stdout)
    print("\n".join(vulnerable or [f"No vulnerability was found in the packages of {' and '.join(FILES)}."]))
    if unknown:
        print(f"Not looked up: {', '.join(unknown)}. {done.stderr.strip()}", file=sys.stderr)
    sys.exit(1 if vulnerable else UNKNOWN if unknown else 0)


def findings(report: str) -> tuple[list[str], list[str]]:
    """Return a line for each vulnerability in a report of pip-audit, and the skipped packages."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        packages = []
    vulnerable = [
        f"{package['name']} {package['version']}: {known['id']}, fixed in {' '.join(known['fix_versions'])}"
        for package in packages
        for known in package.get("vulns", [])
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package] if packages else ["all packages"]
    return vulnerable, unknown


if __name__ == "__main__":
    main()
