"""Every screen in every state that the engine, the exchange or the gate can put it into, in both sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

import pytest

from fks_engine.api import Connection, DeskView, TradingState
from tests.desk_views import (
    a_disconnected_view,
    a_rate_limited_view,
    a_stale_view,
    a_view,
    an_alert,
    an_empty_view,
    an_engine,
)
from tests.tui.pilots import LARGE, SMALL, desk_app

SnapCompare = Callable[..., bool]


def a_halted_view() -> DeskView:
    return a_view(engine=an_engine(trading_state=TradingState.HALTED, trading_state_reason="daily loss limit"))


def a_reconnecting_view() -> DeskView:
    stale = a_stale_view()
    engine = replace(stale.engine, connection=Connection.RECONNECTING, detail="account: connecting again")
    return replace(stale, engine=engine)


def a_read_only_view() -> DeskView:
    return replace(
        a_view(working_orders=(), recent_orders=(), recent_fills=()),
        engine=an_engine(read_only=True, orders_known=False),
    )


STATES: Mapping[str, Callable[[], DeskView]] = {
    "empty": an_empty_view,
    "live": lambda: a_view(alerts=(an_alert(),)),
    "stale": a_stale_view,
    "reconnecting": a_reconnecting_view,
    "disconnected": a_disconnected_view,
    "rate-limited": a_rate_limited_view,
    "halted": a_halted_view,
    "read-only": a_read_only_view,
}


class _EveryState:
    """What is pressed to come to the screen."""

    KEYS: ClassVar[tuple[str, ...]] = ()

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize("state", STATES)
    def test_state(self, snap_compare: SnapCompare, state: str, size: tuple[int, int]) -> None:
        app, _ = desk_app(STATES[state]())
        assert snap_compare(app, press=self.KEYS, terminal_size=size)


class TestQuotes(_EveryState):
    """F2."""

    def test_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_stale_view(), theme="fks-16")
        assert snap_compare(app, terminal_size=SMALL)

    def test_no_colour(self, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        app, _ = desk_app(a_view())
        assert snap_compare(app, terminal_size=SMALL)


class TestOrders(_EveryState):
    KEYS = ("f3",)


class TestPositions(_EveryState):
    KEYS = ("f4",)


class TestLadder(_EveryState):
    KEYS = ("f5",)

    def test_sixteen_colours(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_view(), theme="fks-16")
        assert snap_compare(app, press=self.KEYS, terminal_size=SMALL)

    def test_no_colour(self, snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        app, _ = desk_app(a_view())
        assert snap_compare(app, press=self.KEYS, terminal_size=SMALL)


class TestAlerts(_EveryState):
    KEYS = ("f6",)


class TestSettings(_EveryState):
    KEYS = ("f9",)
