"""After any sequence of changes on GitHub and of faults, the issues here are those that GitHub has."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from repositories.client import GitHubError
from repositories.fetching import fetch, fetch_slice
from repositories.models import Repository
from repositories.tests.conftest import compare
from repositories.tests.factories import RepositoryFactory
from tests.helpers.github import BREAKS, FAULTS

pytestmark = pytest.mark.django_db

Outcome = Repository.Outcome


class Truth:
    """Two repositories on GitHub, and their rows here."""

    def __init__(self, github):
        self.github = github
        self.names = {}
        self.renames = 0
        github.per_page = 3
        for name in ("octocat/one", "octocat/two"):
            github.add(name, issues=2)
            owner, short = name.split("/")
            self.names[RepositoryFactory(owner=owner, name=short).pk] = name

    def act(self, step, pk, seed):
        """Change something on GitHub, at a later second than the change before."""
        self.github.tick(1 + seed % 3)
        name = self.names[pk]
        issues = sorted(self.github.issues_of(name))
        number = issues[seed % len(issues)] if issues else None
        if step == "add":
            self.github.open(name, title=f"Number {seed}")
        elif step == "rename":
            self.renames += 1
            self.names[pk] = f"Octo-{pk}/name-{self.renames}"
            self.github.rename(name, self.names[pk])
        elif step == "make again":
            # After a rename that was not followed the former name leads to no repository.
            if Repository.objects.get(pk=pk).full_name == name:
                self.github.add(name, issues=1 + seed % 4)
        elif number is None:
            return
        elif step in ("open", "closed"):
            self.github.change(name, number, state=step)
        elif step == "edit":
            self.github.change(name, number, title=f"Edited {seed}", labels=[{"name": f"label-{seed}"}])
        elif step == "delete":
            self.github.delete(name, number)
        elif step == "transfer":
            (target,) = (other for key, other in self.names.items() if key != pk)
            self.github.transfer(name, number, target)

    def fetch(self, pk, faults, changes):
        """Fetch while these faults and changes occur, and check that the outcome says whether it succeeded."""
        waiting = iter(changes)
        self.github.faults = list(faults)
        self.github.after_list = lambda: (change := next(waiting, None)) and self.act(*change)
        repository = Repository.objects.get(pk=pk)
        while fetch_slice(repository):
            repository = Repository.objects.get(pk=pk)
        self.github.faults, self.github.after_list = [], lambda: None
        repository = Repository.objects.get(pk=pk)
        assert repository.outcome != Outcome.NEVER
        assert (repository.outcome == Outcome.FETCHED) is not repository.has_failed
        assert repository.next_fetch_at > timezone.now()
        Repository.objects.update(limited_until=None)

    def check(self):
        """Fetch without faults: no issue is missing or old; after a complete read none is left over either."""
        for is_complete in (False, True):
            for pk, name in self.names.items():
                if is_complete:
                    Repository.objects.filter(pk=pk, is_reading=False).update(
                        read_at=timezone.now() - timedelta(days=2)
                    )
                fetch(Repository.objects.get(pk=pk))
                stored, true = compare(self.github, pk, name)
                assert true <= stored
                assert not is_complete or stored == true
                assert Repository.objects.get(pk=pk).full_name == name


STEPS = st.tuples(
    st.sampled_from(["add", "add", "open", "closed", "edit", "delete", "transfer", "rename", "make again"]),
    st.integers(0, 1),
    st.integers(0, 50),
)
FETCHES = st.tuples(
    st.integers(0, 1),
    st.lists(st.sampled_from([None, None, None, "primary", *FAULTS, *BREAKS]), max_size=4),
    st.lists(STEPS, max_size=4),
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=st.lists(STEPS | FETCHES, max_size=14))
def test_tables_follow_any_sequence_of_changes_and_faults(github, moves):
    with transaction.atomic():
        truth = Truth(github)
        pks = list(truth.names)
        for first, second, third in moves:
            if isinstance(first, str):
                truth.act(first, pks[second], third)
            else:
                changes = [(step, pks[which], seed) for step, which, seed in third]
                truth.fetch(pks[first], second, changes)
        truth.check()
        transaction.set_rollback(True)
    github.repositories.clear()
    github.redirects.clear()
    assert not Repository.objects.exists()


def test_failure_leaves_what_was_stored(github):
    truth = Truth(github)
    (pk, name), _other = truth.names.items()
    truth.check()
    github.delete(name, 1)
    Repository.objects.update(read_at=timezone.now() - timedelta(days=2))
    github.faults = [None, "error"]
    with pytest.raises(GitHubError):
        fetch(Repository.objects.get(pk=pk))
    assert Repository.objects.get(pk=pk).issues.count() == 2
