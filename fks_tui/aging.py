"""Pictures in silence: ages counted on, and nothing left looking live once its source has gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fks_engine.api import Connection, counted_on, older, without_life

if TYPE_CHECKING:
    from fks_engine.api import DeskView

SILENCE_S = 3.0
"""After this long without a picture nothing on the last one may look live. A running engine makes one every second."""


def aged(view: DeskView, seconds: float) -> DeskView:
    """`view` as it looks `seconds` after it came, if nothing has come since: older, and its notices told."""
    old = older(view, seconds)
    stages = tuple(replace(stage, age_s=counted_on(stage.age_s, seconds)) for stage in view.engine.stages)
    engine = replace(old.engine, stages=stages)
    if seconds < SILENCE_S:
        return replace(old, engine=engine, notices=())
    if engine.connection is Connection.LIVE:
        engine = replace(engine, connection=Connection.STALE, detail=f"no word from the engine for {int(seconds)} s")
    return without_life(replace(old, engine=engine, notices=()))
