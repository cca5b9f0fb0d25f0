"""The pictures that a desk shows when the engine sends none."""

from __future__ import annotations

import time
from dataclasses import replace

from fks_engine.api import Connection, DeskView, EngineView, Mode, TradingState, empty_account


def empty_view(
    *,
    pid: int = 0,
    version: str = "",
    mode: Mode = Mode.SIM,
    connection: Connection = Connection.STARTING,
    detail: str = "waiting for the engine's first picture",
) -> DeskView:
    """A picture of nothing, numbered 0, for the time before the first one comes."""
    now = time.time_ns()
    return DeskView(
        number=0,
        ts=now,
        engine=EngineView(
            pid=pid,
            version=version,
            mode=mode,
            exchange="",
            read_only=False,
            started_ts=now,
            trading_state=TradingState.HALTED,
            trading_state_reason="nothing is known of the engine yet",
            connection=connection,
            detail=detail,
            oldest_data_age_s=None,
            clock_offset_ms=None,
            messages_per_s=0.0,
            stages=(),
            attached_desks=0,
        ),
        quotes=(),
        focus=None,
        working_orders=(),
        recent_orders=(),
        recent_fills=(),
        account=empty_account(""),
        notices=(),
        missed_views=0,
        missed_notices=0,
    )


def lost_view(last: DeskView, detail: str, seconds: float) -> DeskView:
    """The last picture as it looks `seconds` later with no engine behind it: disconnected, its market old and stale."""
    focus = last.focus
    return replace(
        last,
        engine=replace(
            last.engine,
            connection=Connection.DISCONNECTED,
            detail=detail,
            is_gone=True,
            oldest_data_age_s=_older(last.engine.oldest_data_age_s, seconds),
        ),
        quotes=tuple(replace(row, age_s=_older(row.age_s, seconds), stale=True) for row in last.quotes),
        focus=None if focus is None else replace(focus, book_age_s=_older(focus.book_age_s, seconds), book_stale=True),
        account=replace(last.account, positions=tuple(replace(row, mark_stale=True) for row in last.account.positions)),
        notices=(),
        missed_views=0,
        missed_notices=0,
    )


def _older(age_s: float | None, seconds: float) -> float | None:
    return None if age_s is None else age_s + seconds
