"""The whole order in words, before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from fks_engine.api import Mode, market_of
from fks_tui.formatting import printable, quantity, worth
from fks_tui.order_words import exit_terms, headline, terms
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.api import EngineView, OrderCommand, Preview

_MONEY: Final[Mapping[Mode, str]] = {
    Mode.SIM: "simulated money",
    Mode.TESTNET: "the test network's money",
    Mode.PAPER: "paper money",
    Mode.LIVE: "REAL MONEY",
}


def market_lines(preview: Preview, base: str) -> list[str]:
    """The cap of an order at market, what would stay unfilled, and what its exits would hold."""
    lines = []
    if preview.cap_price is not None:
        lines.append(f"Never worse than {quantity(preview.cap_price)}.")
    if preview.unfilled:
        lines.append(f"{quantity(preview.unfilled)} {base} would stay unfilled and expire.")
    if preview.exits_quantity is not None:
        lines.append(f"The exits hold {quantity(preview.exits_quantity)} {base}.")
    return lines


class OrderReview(SteadyText, can_focus=True):
    """Repeats exactly the order that will be sent, and where to."""

    def show(self, command: OrderCommand, preview: Preview | None, engine: EngineView, *, is_sending: bool) -> None:
        """Show `command` and what it would do."""
        is_real = engine.mode is Mode.LIVE
        lines = [
            Content("Sending …" if is_sending else "Send this order?"),
            Content(""),
            Content.assemble("  ", (headline(command), f"bold ${command.side.value}")),
            Content(f"  {terms(command)}"),
            *([Content(f"  {exits}")] if (exits := exit_terms(command)) else []),
            Content.assemble(
                f"  to the {engine.mode.upper()} account on {engine.exchange}: ",
                (_MONEY[engine.mode], "bold $alarm-text on $alarm" if is_real else "$muted"),
            ),
        ]
        if preview is not None:
            base, _, quote = market_of(command.instrument_id).partition("/")
            lines += [
                Content(""),
                Content(
                    f"  Worth {worth(preview.notional, quote)}, fee about {worth(preview.fee, preview.fee_asset)}."
                ),
                Content(
                    f"  Held {quantity(preview.position_before)} → {quantity(preview.position_after)} {base}, "
                    f"available {worth(preview.available, preview.available_asset)}."
                ),
            ]
            lines += [Content(f"  {each}") for each in market_lines(preview, base)]
            lines += [Content.assemble("  ", (f"! {printable(each)}", "$warning")) for each in preview.warnings]
        self.tell(*lines)
