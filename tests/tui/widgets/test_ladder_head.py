"""The lines over the ladder."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_tui.actions.action import _rebound
from fks_tui.widgets.ladder_head import HeadFacts, LadderHead
from tests.tui.widgets.panes import PaneApp, text_of

pytestmark = pytest.mark.anyio


async def said(width: int, **facts: object) -> list[str]:
    given = {"market": "BTC/USDT", "sizes": ("$100", "$500", "$1,000", "$5,000", "10%"), "ticks": 1, **facts}
    head = LadderHead()
    async with PaneApp(head).run_test(size=(width, 2)) as pilot:
        head.show(HeadFacts(**given))  # type: ignore[arg-type]
        await pilot.pause()
        return text_of(head)


async def test_armed_is_said_over_the_whole_line_with_market_size_and_seconds() -> None:
    line = (await said(80, armed_s=42))[0]
    assert line.count("ARMED") >= 1
    assert all(words in line for words in ("one press sends", "BTC/USDT", "size $100", "42 s left", "Esc disarms"))
    assert "42 s left" in (await said(60, armed_s=42, market="1000SATS/USDT"))[0]


async def test_armed_names_the_key_that_disarms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_rebound, "ladder.let_go", "f11")
    line = (await said(80, armed_s=42))[0]
    assert "F11 disarms" in line
    assert "Esc" not in line


async def test_what_is_wrong_is_said_with_its_age() -> None:
    assert "!42s market data is stale" in (await said(80, state="market data is stale", age_s=42.0))[0]


async def test_a_market_on_its_way_and_a_lost_cursor_are_said() -> None:
    line = (await said(120, wanted="ETH/USDT", cursor_out_of_sight=Decimal("64000.00"), centres_itself=False))[0]
    assert all(words in line for words in ("→ ETH/USDT …", "cursor 64000.00 out of sight", "window fixed"))


async def test_the_chosen_size_is_told_by_brackets_and_post_only_in_words() -> None:
    line = (await said(80, chosen=1, quantity="0.00781 BTC", post_only=True))[1]
    assert "[2 $500]" in line
    assert "= 0.00781 BTC" in line
    assert line.endswith("POST-ONLY ON")
