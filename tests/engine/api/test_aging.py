"""Pictures that grow old."""

from __future__ import annotations

from fks_engine.api import counted_on, older, without_life
from tests.desk_views import a_view


def test_a_picture_without_life_keeps_every_number() -> None:
    before, after = a_view(), without_life(a_view())
    assert [row.last for row in after.quotes] == [row.last for row in before.quotes]
    assert after.working_orders == before.working_orders
    assert after.account.equity == before.account.equity


def test_an_older_picture_differs_in_its_ages_alone() -> None:
    before = a_view()
    after = older(before, 5.0)
    assert [row.age_s for row in after.quotes] == [
        None if row.age_s is None else row.age_s + 5.0 for row in before.quotes
    ]
    assert not any(row.stale for row in after.quotes)
    assert (after.engine.stages, after.account, after.notices) == (before.engine.stages, before.account, before.notices)
    assert older(before, 0.0) == before


def test_what_never_came_does_not_age() -> None:
    assert counted_on(None, 3.0) is None
    assert counted_on(0.5, 3.0) == 3.5
