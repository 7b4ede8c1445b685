"""System checks of tasks and of the schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from inspect import Parameter, Signature

from django.core.checks import CheckMessage, Error, register

from jobs.schedule import get_schedule
from jobs.tasks import registered

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL)


@register()
def check_tasks(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Report tasks that a worker could not call, and names in the schedule that are not unique."""
    return [*_check_registered(), *_check_schedule()]


def _check_registered() -> Iterator[CheckMessage]:
    for task in registered.values():
        if task.batch and not _takes(task.signature, 1):
            yield Error(f"{task!r} is called with one list.", hint="Give it one parameter.", id="jobs.E001")
        if any(parameter.kind not in POSITIONAL for parameter in task.signature.parameters.values()):
            hint = "Jobs store positional arguments: make its parameters positional."
            yield Error(f"{task!r} has parameters that are passed by keyword alone.", hint=hint, id="jobs.E002")


def _check_schedule() -> Iterator[CheckMessage]:
    names = Counter(entry.task.name for entry in get_schedule())
    for entry in get_schedule():
        if not _takes(entry.task.signature, 0):
            hint = "Schedule a function that needs no arguments."
            yield Error(f"{entry.task!r} recurs, and is called without arguments.", hint=hint, id="jobs.E003")
    for name in (name for name, count in names.items() if count > 1 or "<" in name or name in registered):
        hint = "Schedule each function of a module once, and none that is a task."
        yield Error(f"The name {name} does not identify one recurring function.", hint=hint, id="jobs.E004")


def _takes(signature: Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True
