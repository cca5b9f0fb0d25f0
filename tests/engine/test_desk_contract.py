"""The Desk contract, kept by FakeDesk and by the socket client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fks_engine.wire import connect
from tests.desk_contract import DeskContract
from tests.engine.wire.serving import serving, the_same
from tests.fake_desk import FakeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fks_engine.api import Desk

pytestmark = pytest.mark.anyio


class TestFakeDesk(DeskContract):
    @pytest.fixture
    async def desk(self) -> FakeDesk:
        return FakeDesk()

    @pytest.fixture
    def nudge(self, desk: FakeDesk) -> Callable[[], None]:
        return lambda: desk.show(desk.view())


class TestSocketDesk(DeskContract):
    @pytest.fixture
    async def fake(self) -> FakeDesk:
        return FakeDesk()

    @pytest.fixture
    async def desk(self, fake: FakeDesk) -> AsyncIterator[Desk]:
        async with serving(the_same(fake)) as path, connect(path) as desk:
            yield desk

    @pytest.fixture
    def nudge(self, fake: FakeDesk) -> Callable[[], None]:
        return lambda: fake.show(fake.view())
