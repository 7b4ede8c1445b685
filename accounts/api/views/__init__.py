"""What the API answers about people and accounts."""

from accounts.api.views.people import representer
from accounts.api.views.ties import check_may_reach_others

__all__ = ["check_may_reach_others", "representer"]
