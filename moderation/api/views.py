"""API views of reports and rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import HasConfirmedEmail
from api.conditions import ETagMixin
from api.fields import BodyCharField, StrictIntegerField
from api.generics import APIView, CreateModelMixin, ListAPIView, RetrieveAPIView
from api.pagination import KeysetPagination
from api.serializers import LinksField, ResourceSerializer
from api.throttling import throttle
from microblog.core.pagination import LARGEST_ID
from microblog.core.text import normalize_text
from moderation.forms import TEXT_MAX_LENGTH
from moderation.models import Case, Report, Rule
from moderation.services.reports import find_reportable, report


class RuleSerializer(ResourceSerializer):
    """A rule of the site."""

    id = serializers.IntegerField()
    text = serializers.CharField(initial="Be yourself: no spam.")

    def to_representation(self, instance: Rule) -> dict[str, Any]:
        return {"id": instance.pk, "text": str(instance)}


class ReportSerializer(ResourceSerializer):
    """A report that you made, and the state of its case."""

    id = serializers.IntegerField()
    case = serializers.IntegerField(
        source="case_id", help_text="The number of the case; reports of the same content share one."
    )
    about = serializers.ChoiceField(source="case.kind", choices=Case.Kind.values)
    about_id = serializers.IntegerField(source="case.target_id")
    rule = RuleSerializer()
    comment = serializers.CharField(initial="The same text under every post.")
    created_at = serializers.DateTimeField()
    state = serializers.ChoiceField(source="case.state", choices=Case.State.values)
    outcome = serializers.ChoiceField(
        source="case.outcome", choices=["", *Case.Outcome.values], help_text="Empty until the case is decided."
    )
    _links = LinksField(self="api:report", html=Report.get_absolute_url)


class NewReport(serializers.Serializer):
    """A report of content or of a user."""

    about = serializers.ChoiceField(choices=Case.Kind.values)
    about_id = StrictIntegerField(min_value=0, max_value=LARGEST_ID)
    rule = StrictIntegerField(min_value=0, max_value=LARGEST_ID, help_text="The id of the rule that was broken.")
    comment = BodyCharField(required=False, allow_blank=True, limit=TEXT_MAX_LENGTH)

    def validate_comment(self, comment: str) -> str:
        return normalize_text(comment)


@extend_schema_view(
    get=extend_schema(operation_id="list_reports", summary="List your reports", description="The newest come first."),
    post=extend_schema(operation_id="report", summary="Report content or a user"),
)
class Reports(CreateModelMixin, ListAPIView):
    """
    Only moderators can read your report. The response is 404 if the content or the rule does not exist.

    You can report what you can read: posts, entries, snippets, users, and messages that you received. You can also
    report a post that mentions you and a user who blocks you.
    """

    permission_classes = [*ListAPIView.permission_classes, HasConfirmedEmail]
    pagination_class = KeysetPagination
    serializer_class = ReportSerializer
    input_serializer_class = NewReport
    other_errors = frozenset({404})

    def get_queryset(self) -> QuerySet[Report]:
        return Report.objects.by(self.request.user)

    def perform_create(self, data: dict[str, Any]) -> Report:
        reporter = self.request.user
        thing = find_reportable(data["about"], data["about_id"], reporter=reporter)
        if thing is None:
            raise Http404
        rule = get_object_or_404(Rule.objects.in_force(), pk=data["rule"])
        throttle(self.request, "report")
        made = report(thing, actor=reporter, rule=rule, comment=data.get("comment", ""))
        return self.get_created(made.pk)


@extend_schema_view(get=extend_schema(operation_id="show_report", summary="Show one of your reports"))
class OneReport(ETagMixin, RetrieveAPIView):
    """Includes the outcome of the case."""

    serializer_class = ReportSerializer

    def get_queryset(self) -> QuerySet[Report]:
        return Report.objects.by(self.request.user)


class RulesSerializer(serializers.Serializer):
    items = RuleSerializer(many=True)


class Rules(APIView):
    permission_classes = [AllowAny]
    serializer_class = RulesSerializer

    @extend_schema(operation_id="list_rules", summary="List the rules of the site")
    def get(self, request: Request) -> Response:
        """A report names the rule that is broken by its id."""
        return Response(RulesSerializer({"items": Rule.objects.in_force()}).data)
