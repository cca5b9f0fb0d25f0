"""Pictures that grow old."""

from __future__ import annotations

from fks_engine.api import Connection
from fks_tui.aging import SILENCE_S, aged
from tests.desk_views import a_disconnected_view, a_notice, a_view, an_empty_view


class TestAged:
    def test_every_age_is_counted_on(self) -> None:
        view = aged(a_view(), 2.0)
        assert view.engine.oldest_data_age_s == 2.4
        assert view.quotes[0].age_s == 2.2
        assert view.focus is not None
        assert view.focus.book_age_s == 2.1
        assert view.engine.stages[1].age_s == 5.0

    def test_what_never_came_has_no_age(self) -> None:
        view = aged(an_empty_view(), 2.0)
        assert view.engine.oldest_data_age_s is None
        assert view.engine.connection is Connection.STARTING

    def test_notices_are_told_once(self) -> None:
        assert aged(a_view(notices=(a_notice(),)), 1.0).notices == ()

    def test_a_short_silence_leaves_the_market_live(self) -> None:
        view = aged(a_view(), SILENCE_S - 0.1)
        assert view.engine.connection is Connection.LIVE
        assert not any(row.stale for row in view.quotes)

    def test_in_a_long_silence_nothing_looks_live(self) -> None:
        view = aged(a_view(), SILENCE_S)
        assert view.engine.connection is Connection.STALE
        assert view.engine.detail == "no word from the engine for 3 s"
        assert all(row.stale for row in view.quotes)
        assert view.focus is not None
        assert view.focus.book_stale
        assert all(row.mark_stale for row in view.account.positions)

    def test_silence_does_not_soften_a_disconnection(self) -> None:
        assert aged(a_disconnected_view(), 60.0).engine.connection is Connection.DISCONNECTED
