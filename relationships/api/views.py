"""Whom one follows, blocks and mutes."""

from __future__ import annotations

from http import HTTPStatus

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import throttle
from accounts.api.permissions import check_may_reach_others
from accounts.api.serializers import PERSON_EXAMPLE, PERSON_FIELDS, PersonSerializer, represent_person
from accounts.models import User
from api.pagination import by_cursor
from api.schema import BY_CURSOR, cursored, example_list, operation
from api.views import Endpoint
from relationships.services import (
    block_user,
    follow_user,
    mute_user,
    unblock_user,
    unfollow_user,
    unmute_user,
)


class Follows(Endpoint):
    @operation("follow", "Follow a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Follow a person. Repeating it is harmless."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        check_may_reach_others(request.user)
        throttle(request, "follow")
        follow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unfollow", "Follow a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Follow a person no longer. Repeating it is harmless."""
        person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
        throttle(request, "follow")
        unfollow_user(person, actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocks(Endpoint):
    @operation("block", "Block a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Neither sees or follows the other from now on. Repeating it is harmless."""
        block_user(get_object_or_404(User.objects.whom_one_may_act_on(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unblock", "Block a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Repeating it is harmless. The follows that the block ended do not come back."""
        unblock_user(get_object_or_404(User.objects.whom_one_may_act_on(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Mutes(Endpoint):
    @operation("mute", "Mute a person", {204: (None, None)})
    def put(self, request: Request, pk: int) -> Response:
        """Timelines and notifications leave them out, and they do not learn of it. Repeating it is harmless."""
        mute_user(get_object_or_404(User.objects.whom_one_may_act_on(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    @operation("unmute", "Mute a person no longer", {204: (None, None)})
    def delete(self, request: Request, pk: int) -> Response:
        """Repeating it is harmless."""
        unmute_user(get_object_or_404(User.objects.whom_one_may_act_on(request.user), pk=pk), actor=request.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class Blocked(Endpoint):
    @operation(
        "list_blocked",
        "List whom one blocks",
        {200: (cursored(PersonSerializer), example_list("/api/blocks", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Those who joined last stand at the top."""
        people = User.objects.blocked_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(request, lambda cursor: cursor.window(people), represent_person)


class Muted(Endpoint):
    @operation(
        "list_muted",
        "List whom one mutes",
        {200: (cursored(PersonSerializer), example_list("/api/mutes", PERSON_EXAMPLE))},
        parameters=BY_CURSOR,
    )
    def get(self, request: Request) -> Response:
        """Those who joined last stand at the top."""
        people = User.objects.muted_by(request.user).only(*PERSON_FIELDS)
        return by_cursor(
            request,
            lambda cursor: cursor.window(people),
            lambda person: represent_person(person, by_name_only=person.is_kept_apart),
        )
