"""API views of reports and rules."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import check_can_contact_others
from api.formats import BodyCharField, StrictIntegerField, format_time
from api.limits import throttle
from api.pagination import by_cursor
from api.schema import BY_CURSOR, cursored, example_list, operation
from api.views import Endpoint
from microblog.core.pagination import LARGEST_ID
from microblog.core.performance.urls import cached_reverse
from microblog.core.text import normalize_text
from moderation.forms import TEXT_MAX_LENGTH
from moderation.models import Case, Report, Rule
from moderation.services.reports import find_reportable, report


class RuleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    text = serializers.CharField()


class ReportLinksSerializer(serializers.Serializer):
    self = serializers.CharField()
    html = serializers.CharField()


class ReportSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    case = serializers.IntegerField(help_text="The number of the case; reports of the same content share one.")
    about = serializers.ChoiceField(choices=Case.Kind.values)
    about_id = serializers.IntegerField()
    rule = RuleSerializer()
    comment = serializers.CharField()
    created_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Case.State.values)
    outcome = serializers.ChoiceField(choices=["", *Case.Outcome.values], help_text="Empty until the case is decided.")
    _links = ReportLinksSerializer()


REPORT_EXAMPLE = {
    "id": 3,
    "case": 2,
    "about": "post",
    "about_id": 7,
    "rule": {"id": 4, "text": "No spam, and nobody else's name: be yourself."},  # codespell:ignore nobody
    "comment": "The same text under every post.",
    "created_at": "2026-03-01T12:00:00.123456Z",
    "state": "open",
    "outcome": "",
    "_links": {"self": "/api/reports/3", "html": "/reports/2"},
}


def represent_report(made: Report) -> dict[str, Any]:
    """Return the data of ReportSerializer; the report comes with its case and rule."""
    return {
        "id": made.pk,
        "case": made.case_id,
        "about": made.case.kind,
        "about_id": made.case.target_id,
        "rule": {"id": made.rule.pk, "text": str(made.rule)},
        "comment": made.comment,
        "created_at": format_time(made.created_at),
        "state": made.case.state,
        "outcome": made.case.outcome,
        "_links": {"self": cached_reverse("api:report", made.pk), "html": made.get_absolute_url()},
    }


class NewReport(serializers.Serializer):
    """A report of a post, a user or a message."""

    about = serializers.ChoiceField(choices=Case.Kind.values)
    about_id = StrictIntegerField(min_value=0, max_value=LARGEST_ID)
    rule = StrictIntegerField(min_value=0, max_value=LARGEST_ID, help_text="The id of the rule that is broken.")
    comment = BodyCharField(required=False, allow_blank=True, limit=TEXT_MAX_LENGTH)

    def validate_comment(self, comment: str) -> str:
        return normalize_text(comment)


class Reports(Endpoint):
    other_errors = frozenset({404})

    @operation(
        "list_reports",
        "List your reports",
        {200: (cursored(ReportSerializer), example_list("/api/reports", REPORT_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """The newest come first."""
        made = Report.objects.by(request.user)
        return by_cursor(request, lambda cursor: cursor.window(made), represent_report)

    @operation(
        "report",
        "Report a post, a user or a message",
        {201: (ReportSerializer, REPORT_EXAMPLE)},
        takes=(NewReport, {"about": "post", "about_id": 7, "rule": 4, "comment": "The same text under every post."}),
    )
    def post(self, request: Request) -> Response:
        """
        Only moderators can read your report. The response is 404 if the content or the rule does not exist.

        You can also report a post that mentions you, a message that you received and a user who blocks you.
        """
        check_can_contact_others(request.user)
        new = NewReport(data=request.data)
        new.is_valid(raise_exception=True)
        data = new.validated_data
        thing = find_reportable(data["about"], data["about_id"], reporter=request.user)
        if thing is None:
            raise Http404
        rule = get_object_or_404(Rule.objects.in_force(), pk=data["rule"])
        throttle(request, "report")
        made = report(thing, actor=request.user, rule=rule, comment=data.get("comment", ""))
        made = Report.objects.by(request.user).get(pk=made.pk)
        headers = {"Location": cached_reverse("api:report", made.pk)}
        return Response(represent_report(made), status=HTTPStatus.CREATED, headers=headers)

    def read_again(self, request: Request, made: int) -> dict[str, Any]:
        return represent_report(get_object_or_404(Report.objects.by(request.user), pk=made))


class OneReport(Endpoint):
    has_etag = True

    @operation("show_report", "Show one of your reports", {200: (ReportSerializer, REPORT_EXAMPLE)})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """Includes the outcome of the case."""
        return self.single(request, represent_report(get_object_or_404(Report.objects.by(request.user), pk=pk)))


class RulesSerializer(serializers.Serializer):
    items = RuleSerializer(many=True)


class Rules(Endpoint):
    open_methods = ("GET", "HEAD")

    @operation(
        "list_rules", "List the rules of the site", {200: (RulesSerializer, {"items": [REPORT_EXAMPLE["rule"]]})}
    )
    def get(self, request: Request) -> Response:
        """A report names the rule that is broken by its id."""
        return Response({"items": [{"id": rule.pk, "text": str(rule)} for rule in Rule.objects.in_force()]})
