from __future__ import annotations

from fks_engine.api import Connection, TradingState
from fks_engine.wire.pictures import empty_view, lost_view
from tests.desk_views import a_view


def test_the_empty_picture_promises_nothing() -> None:
    view = empty_view(pid=7, version="1.2")
    assert (view.number, view.engine.pid, view.engine.version) == (0, 7, "1.2")
    assert view.engine.connection is Connection.STARTING
    assert view.engine.trading_state is TradingState.HALTED
    assert not view.quotes
    assert view.account.equity is None


def test_a_picture_without_its_engine_is_disconnected_stale_and_older() -> None:
    last = a_view()
    view = lost_view(last, "engine gone", 5.0)
    assert view.engine.connection is Connection.DISCONNECTED
    assert view.engine.is_gone
    assert view.engine.detail == "engine gone"
    assert all(row.stale for row in view.quotes)
    ages = [(old.age_s, new.age_s) for old, new in zip(last.quotes, view.quotes, strict=True)]
    assert all(new == (None if old is None else old + 5.0) for old, new in ages)
    assert view.focus is not None
    assert view.focus.book_stale
    assert not view.notices


def test_what_was_held_is_still_shown() -> None:
    last = a_view()
    view = lost_view(last, "engine gone", 5.0)
    assert view.working_orders == last.working_orders
    assert view.account.balances == last.account.balances
