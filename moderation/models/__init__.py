"""
Reports, the cases that they join, decisions and appeals.

That a post is hidden or a user suspended is a fact on the post or user itself; the reason is here. Users are kept with
their names, so that a case stays readable when an account is gone.
"""

from moderation.models.cases import Case, Note, Report
from moderation.models.decisions import Appeal, Decision
from moderation.models.rules import FIRST_RULES, Rule

__all__ = ["FIRST_RULES", "Appeal", "Case", "Decision", "Note", "Report", "Rule"]
