"""Follows of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from imports.reports import Outcome
from imports.runs import Importer, Row
from relationships.models import Block, Follow


class FollowImporter(Importer):
    """
    Imports follows, which have no id and no time.

    The mark is for an import that goes on: a finished one forgets it, so that the next compares all. A follow that
    ended here alone therefore comes back.
    """

    kind = "follows"
    table = "followers"

    def count_known(self) -> int:
        return self.source.count("followers", f"NOT ({self.is_new})") if self.mark else 0

    @property
    def is_new(self) -> str:
        if not self.mark:
            return "1 = 1"
        follower, followed = map(int, self.mark)
        return f"follower_id > {follower} OR follower_id = {follower} AND followed_id > {followed}"

    def stages(self) -> Iterator[Iterator[Row]]:
        """Read in an order in which doubles follow each other."""
        self.blocks = set(Block.objects.values_list("blocker", "blocked"))
        self.blocks |= {(blocked, blocker) for blocker, blocked in self.blocks}
        self.last: Row | None = None
        pair = ("follower_id", "followed_id")
        yield self.source.rows("followers", pair, order=pair, where=self.is_new)
        if self.mark:
            self.run.save_mark(self.kind, None)

    def write(self, rows: Sequence[Row], outcome: Outcome) -> None:
        """Create follows between imported users; a follow is as old as the younger of the two accounts."""
        accounts, new, last = self.run.accounts, {}, self.last
        for pair in rows:
            follower, followed = (accounts.get(pk) for pk in pair)
            if pair == last:
                outcome.leave_out(self.key_of(pair), "the same follow twice")
            elif pair[0] == pair[1]:
                outcome.leave_out(self.key_of(pair), "of the user themselves")
            elif follower is None or followed is None:
                outcome.leave_out(self.key_of(pair), "one of the two users is not there")
            elif (follower[0], followed[0]) in self.blocks:
                outcome.leave_out(self.key_of(pair), "one of the two blocks the other here")
            else:
                new[follower[0], followed[0]] = max(follower[1], followed[1])
            last = pair
        known = set(
            Follow.objects.filter(
                follower__in={follower for follower, _followed in new},
                followed__in={followed for _follower, followed in new},
            ).values_list("follower", "followed")
        )
        fresh = [pair for pair in new if pair not in known]
        outcome.known += len(new) - len(fresh)
        outcome.imported += len(fresh)
        if not self.run.dry_run:
            Follow.objects.bulk_create(
                (Follow(follower_id=one, followed_id=other, created_at=new[one, other]) for one, other in fresh),
                ignore_conflicts=True,
            )

    def mark_after(self, rows: Sequence[Row], outcome: Outcome) -> Any:
        self.last = rows[-1]
        return list(rows[-1]) if outcome.imported else None

    def key_of(self, row: Row) -> str:
        return f"{row[0]} → {row[1]}"
