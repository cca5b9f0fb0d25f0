"""A whole engine in this process, over a real simulator process, for tests."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection, Follow, Timeframe
from fks_engine.config import load_settings, user_folders
from fks_engine.engine import Engine
from tests.engine.wire.serving import short_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from fks_engine.api import Desk, DeskView
    from fks_engine.engine.desk import EngineDesk

DEADLINE_S = 45.0
MARKETS = "BTC/USDT,ETH/USDT,SOL/USDT"


@asynccontextmanager
async def home() -> AsyncIterator[Path]:
    """A short-named folder for one FKS, removed at the end."""
    with short_folder() as folder:
        yield folder


def engine_at(folder: Path, overrides: Mapping[str, str] | None = None) -> Engine:
    """An engine of mode sim with three markets, not yet running."""
    folders = user_folders({"FKS_HOME": str(folder)})
    file = folder / "fks.toml"
    file.touch()
    chosen = {"simulator.symbols": "3", "market.watchlist": MARKETS, **(overrides or {})}
    return Engine(load_settings(chosen, config_file=file), folders)


@asynccontextmanager
async def running(
    folder: Path, overrides: Mapping[str, str] | None = None, *, is_live: bool = True
) -> AsyncIterator[tuple[Engine, EngineDesk]]:
    """A running engine and a desk that follows the first market; stopped in order at the end.

    It is live, or at least has every quote where it cannot be: `is_live` is False then.
    """
    engine = engine_at(folder, overrides)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        async with engine.open_desk() as desk:
            view = await until(
                desk,
                lambda view: (
                    view.engine.connection is Connection.LIVE
                    if is_live
                    else bool(view.quotes) and all(row.age_s is not None for row in view.quotes)
                ),
            )
            await desk.submit(Follow(view.quotes[0].instrument_id, Timeframe.M1))
            yield engine, desk
        engine.request_stop()


async def until(desk: Desk, condition: Callable[[DeskView], bool], deadline_s: float = DEADLINE_S) -> DeskView:
    """The first picture that meets the condition; fails with the last one's state when none does in time."""
    view = desk.view()
    with anyio.move_on_after(deadline_s):
        while not condition(view):
            view = await desk.changed(view.number)
        return view
    stages = "; ".join(f"{each.name} {each.connection} {each.detail}" for each in view.engine.stages)
    raise AssertionError(f"not met in {deadline_s:.0f} s: {view.engine.connection} {view.engine.detail} [{stages}]")


def order_ids(view: DeskView) -> Iterator[str]:
    """The client order ids of all orders in the picture."""
    return (order.client_order_id for order in (*view.working_orders, *view.recent_orders))
