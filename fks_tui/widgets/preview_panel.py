"""What an order would be and do, and what the gate says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from fks_tui.formatting import NOTHING, printable, quantity, worth
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from fks_engine.api import Instrument, Preview, QuoteRow, SubmitOrder
    from fks_tui.precision import Precision

_LABEL = 11


class PreviewPanel(SteadyText):
    """The market's touch and the figures of the latest preview; dim while a newer one is on its way."""

    def show(
        self,
        command: SubmitOrder | None,
        preview: Preview | None,
        quote: QuoteRow | None,
        instrument: Instrument | None,
        precision: Precision,
    ) -> None:
        """Show the figures of `preview`, which is for `command`."""
        lines = [*_touch(quote, precision), Content("")]
        lines += _figures(command, preview, instrument, precision)
        self.tell(*lines)


def _touch(quote: QuoteRow | None, precision: Precision) -> list[Content]:
    if quote is None:
        return [_line("Bid", NOTHING), _line("Ask", NOTHING)]
    tone = "$stale" if quote.stale else ""
    mark = "  ~ stale" if quote.stale else ""
    return [
        _line("Bid", f"{precision.price(quote.instrument_id, quote.bid)} × {quantity(quote.bid_size)}{mark}", tone),
        _line("Ask", f"{precision.price(quote.instrument_id, quote.ask)} × {quantity(quote.ask_size)}", tone),
    ]


def _figures(
    command: SubmitOrder | None, preview: Preview | None, instrument: Instrument | None, precision: Precision
) -> list[Content]:
    quote, base = (instrument.quote, instrument.base) if instrument else ("", "")
    if command is None or preview is None:
        names = ("Sends", "Fill near", "Worth", "Fee about", "Position", "Available")
        return [_line(name, NOTHING, "$muted") for name in names]
    price = precision.price(command.instrument_id, preview.limit_price)
    terms = "market" if preview.limit_price is None else price
    near = precision.price(command.instrument_id, preview.expected_price)
    before, after = preview.position_before, preview.position_after
    return [
        _line("Sends", f"{quantity(preview.quantity)} {base} at {terms}"),
        _line("Fill near", near if preview.expected_price is None else f"{near} {quote}"),
        _line("Worth", worth(preview.notional, quote)),
        _line("Fee about", worth(preview.fee, preview.fee_asset)),
        _line("Position", f"{quantity(before)} → {quantity(after)} {base}"),
        _line("Available", worth(preview.available, preview.available_asset)),
    ]


def _line(name: str, text: str, tone: str = "") -> Content:
    return Content.assemble((f"{name:<{_LABEL}}", "$muted"), (printable(text), tone))
