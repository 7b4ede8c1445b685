"""
Check the subjects of commits: `python -m scripts.commits [RANGE]`.

Without a range, those since this check exists. A subject is an instruction such as "Retry mail after temporary
errors": at most 72 characters, a verb in the imperative first, no full stop.
"""

import re
import subprocess
import sys

from .environment import ROOT

LONGEST = 72
# Verbs that look like one of the forms below.
IMPERATIVE = {"Bring", "Embed", "Ping", "Shed"}
# "Added", "Adding", "Adds"; but "Address", "Focus" and "Need" are instructions.
NO_IMPERATIVE = re.compile(r"[A-Z][a-z]*(?:(?<!e)ed|ing|[^suia]s)")


def problem_of(subject: str) -> str:
    """Return what is wrong with a subject, or nothing."""
    first = subject.partition(" ")[0]
    if len(subject) > LONGEST:
        return f"has {len(subject)} characters, {LONGEST} is the limit"
    if not first[:1].isupper():
        return "does not start with a capital letter"
    if " " not in subject:
        return "is one word"
    if NO_IMPERATIVE.fullmatch(first) and first not in IMPERATIVE:
        return f"does not start with an instruction: {first}"
    if subject.endswith("."):
        return "ends with a full stop"
    return ""


def git(*args: str) -> list[str]:
    """Return the lines that a command of git prints."""
    return subprocess.run(["git", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def main(span: str = "") -> None:
    """Print each subject with a problem, and end with 1 if there is one."""
    if not span:
        added = git("log", "--diff-filter=A", "--format=%H", "--", "scripts/commits.py")
        span = f"{added[-1]}..HEAD" if added else "HEAD..HEAD"
    subjects = git("log", "--no-merges", "--format=%s", span)
    problems = [f"{subject!r} {problem}" for subject in subjects if (problem := problem_of(subject))]
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main(*sys.argv[1:2])
