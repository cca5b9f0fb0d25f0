"""The pictures that a desk shows when the engine sends none."""

from __future__ import annotations

import time
from dataclasses import replace

from fks_engine.api import Connection, DeskView, EngineView, Mode, TradingState, empty_account, older, without_life


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
            orders_known=False,
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
    old = without_life(older(last, seconds))
    return replace(
        old,
        engine=replace(old.engine, connection=Connection.DISCONNECTED, detail=detail, is_gone=True),
        notices=(),
        missed_views=0,
        missed_notices=0,
    )
