"""The steps of an order's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import LifeStepKind
from fks_engine.history import HistoryIndex
from fks_engine.history.life import life
from fks_engine.model import OrderType
from tests.engine.history.journals import a_canceled_life, a_denied_one, a_whole_life, write

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.api import LifeStep


def life_of(folder: Path, order_id: str) -> tuple[LifeStep, ...]:
    index = HistoryIndex(folder)
    index.refresh()
    row = index.row(order_id)
    assert row is not None
    return life(row.order, index.entries(row))


def test_it_tells_who_asked_and_what_was_checked_with_its_numbers(tmp_path: Path) -> None:
    write(tmp_path, a_whole_life(1))
    asked, check, *_ = life_of(tmp_path, "fks-1")
    assert asked.text == "by ticket: buy limit 0.1 BTC/USDT at 59000"
    assert (check.text, check.numbers) == ("order notional: passed", {"worth": "5900", "limit": "25000"})
    assert not check.is_fault


def test_a_check_that_was_not_passed_and_the_denial_are_faults(tmp_path: Path) -> None:
    write(tmp_path, a_denied_one(1))
    steps = life_of(tmp_path, "fks-1")
    assert [(each.kind.value, each.is_fault) for each in steps] == [
        ("asked", False),
        ("checked", True),
        ("denied", True),
    ]
    assert steps[2].text == "worth 64000, over 25000"


def test_doubt_answers_and_the_cancel_stand_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, (*a_whole_life(1), *a_canceled_life(2)))
    steps = life_of(tmp_path, "fks-2")
    assert [each.text for each in steps if each.is_fault] == ["now unknown: no answer"]
    assert [each.kind for each in steps[-3:]] == [
        LifeStepKind.REPLIED,
        LifeStepKind.CANCEL_ASKED,
        LifeStepKind.REPLIED,
    ]
    assert steps[-1].text == "canceled"


def test_the_cap_of_a_market_order_is_told_as_its_worst_price(tmp_path: Path) -> None:
    write(tmp_path, a_whole_life(1, order_type=OrderType.MARKET))
    assert life_of(tmp_path, "fks-1")[0].text == "by ticket: buy market 0.1 BTC/USDT at worst 59000"
