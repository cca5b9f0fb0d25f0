"""What `fks engine stop` says of the working orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_engine.api import StopEngine
from fks_engine.cli.engine_status import _lines
from fks_engine.cli.engine_stop import left_working, read
from tests.desk_views import a_view, an_empty_view, an_engine, an_order
from tests.fake_desk import FakeDesk

pytestmark = pytest.mark.anyio


def test_orders_that_were_not_read_are_not_said_to_be_none() -> None:
    assert left_working(an_empty_view()) == "the working orders are not read yet (loading instruments)"
    assert "orders      not read yet" in "\n".join(_lines(an_empty_view()))
    assert left_working(a_view(working_orders=())) == ""
    assert left_working(a_view(working_orders=(an_order(1), an_order(2)))) == "2 orders still working"


def test_an_engine_that_only_looks_has_none_and_no_mode() -> None:
    view = a_view(working_orders=(), engine=an_engine(read_only=True, orders_known=False, exchange="kraken"))
    assert left_working(view) == ""
    text = "\n".join(_lines(view))
    assert "read-only on kraken" in text
    assert "sim on" not in text


async def test_the_orders_are_waited_for() -> None:
    desk = FakeDesk(replace(an_empty_view(), number=0))
    desk.show(an_empty_view())
    assert (await read(desk, 0.01)).engine.orders_known is False
    desk.show(a_view())
    assert (await read(desk, 5.0)).engine.orders_known
    assert StopEngine(cancel_orders=True) not in desk.submitted
