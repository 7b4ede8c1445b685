"""Diagnose this installation and suggest remedies."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from microblog.core.output import add_json, print_json
from operations import doctor

ONLY_WARNINGS = 3


class Command(BaseCommand):
    help = (
        "Check the settings, the database and its migrations, the cache, queues and workers, search, mail, the disk "
        "and file permissions, and suggest a remedy for each finding. Changes nothing; takes seconds. "
        "Exit codes: 0 no findings, 1 problems, 2 wrong use of the command, 3 only warnings."
    )
    # They are among its findings.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for finding in doctor.examine():
            findings.append(finding)
            if not options["json"]:
                self.print_finding(finding)
        states = {finding.state for finding in findings}
        code = 1 if doctor.PROBLEM in states else ONLY_WARNINGS if doctor.WARNING in states else 0
        if options["json"]:
            print_json(self.stdout, {"exit_code": code, "findings": [finding._asdict() for finding in findings]})
        if code:
            raise SystemExit(code)

    def print_finding(self, finding: doctor.Finding) -> None:
        style = {doctor.PROBLEM: self.style.ERROR, doctor.WARNING: self.style.WARNING}.get(finding.state, str)
        line = f"{finding.state:8} {finding.check:14} {finding.detail} ({finding.milliseconds} ms)"
        self.stdout.write(style(line))
        if finding.remedy:
            self.stdout.write(f"{'':8} → {finding.remedy}")
