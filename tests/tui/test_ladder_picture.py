"""A market on the rows of a ladder."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.api import Level, Side
from fks_tui.ladder_picture import (
    CANCELING,
    CARRIED,
    PART_FILLED,
    PROPOSED,
    STOP,
    Ghost,
    LadderSource,
    ladder_picture,
    orders_in_row,
)
from fks_tui.price_grid import PriceGrid
from tests.desk_views import a_focus, a_position
from tests.tui.ladder_views import OURS

D = Decimal
GRID = PriceGrid(D("0.01"))


def row(price: str) -> int:
    return GRID.nearest(D(price))


class TestLadderPicture:
    def test_the_touch_the_depth_and_the_last_trade_have_their_rows(self) -> None:
        picture = ladder_picture(LadderSource(focus=a_focus()), GRID)
        assert (picture.best_bid, picture.best_ask, picture.middle) == (
            row("63999.99"),
            row("64000.01"),
            row("64000.00"),
        )
        assert (picture.lowest, picture.highest) == (row("63999.80"), row("64000.20"))
        assert picture.last == (row("63999.99"), Side.SELL)

    def test_ticks_taken_together_add_their_sizes(self) -> None:
        focus = a_focus(bids=(Level(D("63999.99"), D(1)), Level(D("63999.96"), D(2)), Level(D("63999.94"), D(4))))
        picture = ladder_picture(LadderSource(focus=focus), PriceGrid(D("0.01"), 5))
        assert sorted(picture.bids.values()) == [D(3), D(4)]

    def test_our_orders_stand_on_their_side_with_their_marks(self) -> None:
        own = ladder_picture(LadderSource(focus=a_focus(), orders=OURS), GRID).own
        two = own[Side.BUY, row("63999.95")]
        assert (two.count, two.quantity, two.mark) == (2, D("0.30000"), "")
        part = own[Side.BUY, row("63999.97")]
        assert (part.quantity, part.mark) == (D("0.05000"), PART_FILLED)
        assert own[Side.SELL, row("64000.05")].mark == CANCELING
        assert own[Side.SELL, row("63999.93")].mark == own[Side.BUY, row("64000.08")].mark == STOP

    def test_what_is_on_its_way_is_marked_before_the_engine_shows_it(self) -> None:
        source = LadderSource(
            focus=a_focus(),
            orders=OURS,
            ghosts=(Ghost(Side.BUY, D("63999.90"), D(1), PROPOSED),),
            canceling=frozenset({OURS[0].client_order_id}),
            carried=OURS[1].client_order_id,
        )
        own = ladder_picture(source, GRID).own
        assert own[Side.BUY, row("63999.90")].mark == PROPOSED
        assert own[Side.BUY, row("63999.97")].mark == CANCELING
        assert own[Side.BUY, row("63999.95")].mark == CARRIED

    def test_mean_price_and_break_even_have_their_rows(self) -> None:
        position = a_position(average_price=D("63990.004"), break_even=D("64118.01"))
        picture = ladder_picture(LadderSource(focus=a_focus(), position=position), GRID)
        assert (picture.entry, picture.break_even) == (row("63990.00"), row("64118.01"))

    def test_the_newest_order_of_a_row_comes_first(self) -> None:
        found = orders_in_row(OURS, row("63999.95"), GRID)
        assert [order.client_order_id for order in found] == ["fks-000003", "fks-000004"]
