"""The lines under the ladder."""

from __future__ import annotations

import pytest

from fks_tui.widgets.trade_line import TradeLine
from tests.tui.widgets.panes import PaneApp, text_of

pytestmark = pytest.mark.anyio


async def said(first: str, *, asks: bool = False) -> list[str]:
    line = TradeLine()
    async with PaneApp(line).run_test(size=(40, 2)) as pilot:
        line.show([(first, "bad")], [("the keys", "muted")], asks=asks)
        await pilot.pause()
        return text_of(line)


async def test_a_long_answer_takes_both_lines_between_words() -> None:
    assert await said("✗ Denied: the order is worth too much for the limit") == [
        " ✗ Denied: the order is worth too much",
        " for the limit",
    ]


async def test_a_short_answer_leaves_the_keys() -> None:
    assert await said("✓ Sent") == [" ✓ Sent", " the keys"]


async def test_a_question_that_is_too_long_is_cut_and_says_so() -> None:
    text = await said("SEND? ▲ BUY 0.00781 1000SATS/USDT LIMIT 64000.00", asks=True)
    assert text[0].endswith("…")
    assert text[1] == " the keys"


async def test_what_a_terminal_would_act_upon_is_not_written() -> None:
    assert "\x1b" not in "".join(await said("✗ \x1b[31m"))
