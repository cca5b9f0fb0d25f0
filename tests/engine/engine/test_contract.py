"""The Desk contract, kept by the running engine in process and by the socket client in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fks_engine.wire import connect
from tests.desk_contract import DeskContract
from tests.engine.engine.running import home, running
from tests.engine.wire.serving import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fks_engine.api import Desk
    from fks_engine.engine import Engine

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One event loop for the module, for its tests share one engine."""
    return "asyncio"


@pytest.fixture(scope="module")
async def engine() -> AsyncIterator[Engine]:
    async with home() as folder, running(folder) as (engine, _):
        yield engine


@pytest.fixture
def nudge() -> Callable[[], None]:
    """The engine makes pictures by itself."""
    return lambda: None


class TestEngineInProcess(DeskContract):
    @pytest.fixture
    async def desk(self, engine: Engine) -> AsyncIterator[Desk]:
        async with engine.open_desk() as desk:
            yield desk


class TestEngineBehindItsSocket(DeskContract):
    @pytest.fixture
    async def desk(self, engine: Engine) -> AsyncIterator[Desk]:
        async with serving(engine.open_desk) as path, connect(path) as desk:
            yield desk
