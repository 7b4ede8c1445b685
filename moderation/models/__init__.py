"""
Reports, the cases that they join, decisions and appeals.

Whether a post is hidden or a user suspended is a field of the post or user; the reasons are here. Users are stored
with their names, so that a case stays readable after an account is deleted.
"""

from moderation.models.bulk import BulkDecision
from moderation.models.cases import Case, Note, Report
from moderation.models.decisions import Appeal, Decision
from moderation.models.rules import FIRST_RULES, Rule

__all__ = ["FIRST_RULES", "Appeal", "BulkDecision", "Case", "Decision", "Note", "Report", "Rule"]
