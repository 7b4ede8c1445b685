"""Writes about cases. Each runs in a transaction of its own and leaves nothing half done."""

from moderation.services.bulk import Refusal, decide_each
from moderation.services.cases import (
    CannotDecide,
    CaseClaimed,
    DecidedMeanwhile,
    add_note,
    claim_case,
    forget_appeals_of,
    forget_evidence,
    may_decide,
    release_case,
)
from moderation.services.decisions import (
    CannotAppeal,
    NotForYou,
    appeal,
    decide,
    decide_appeal,
    judge,
    may_appeal,
    take_back,
)
from moderation.services.reports import CannotReport, find_reportable, report

__all__ = [
    "CannotAppeal",
    "CannotDecide",
    "CannotReport",
    "CaseClaimed",
    "DecidedMeanwhile",
    "NotForYou",
    "Refusal",
    "add_note",
    "appeal",
    "claim_case",
    "decide",
    "decide_appeal",
    "decide_each",
    "find_reportable",
    "forget_appeals_of",
    "forget_evidence",
    "judge",
    "may_appeal",
    "may_decide",
    "release_case",
    "report",
    "take_back",
]
