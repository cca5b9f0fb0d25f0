"""Pictures that grow old: ages counted on in silence, and nothing left looking live once its source has gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fks_engine.api import Connection

if TYPE_CHECKING:
    from fks_engine.api import DeskView

SILENCE_S = 3.0
"""After this long without a picture nothing on the last one may look live. A running engine makes one every second."""


def aged(view: DeskView, seconds: float) -> DeskView:
    """`view` as it looks `seconds` after it came, if nothing has come since: older, and its notices told."""
    engine = view.engine
    older = replace(
        view,
        engine=replace(
            engine,
            oldest_data_age_s=_older(engine.oldest_data_age_s, seconds),
            stages=tuple(replace(stage, age_s=_older(stage.age_s, seconds)) for stage in engine.stages),
        ),
        quotes=tuple(replace(row, age_s=_older(row.age_s, seconds)) for row in view.quotes),
        focus=view.focus and replace(view.focus, book_age_s=_older(view.focus.book_age_s, seconds)),
        notices=(),
    )
    if seconds < SILENCE_S:
        return older
    if engine.connection is Connection.LIVE:
        detail = f"no word from the engine for {int(seconds)} s"
        older = replace(older, engine=replace(older.engine, connection=Connection.STALE, detail=detail))
    return without_life(older)


def without_life(view: DeskView) -> DeskView:
    """`view` with every price marked as stale."""
    return replace(
        view,
        quotes=tuple(replace(row, stale=True) for row in view.quotes),
        focus=view.focus and replace(view.focus, book_stale=True),
        account=replace(view.account, positions=tuple(replace(row, mark_stale=True) for row in view.account.positions)),
    )


def _older(age_s: float | None, seconds: float) -> float | None:
    """An age counted on; what never came has none."""
    return None if age_s is None else age_s + seconds
