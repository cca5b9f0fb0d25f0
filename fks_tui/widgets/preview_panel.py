"""What an order would be and do, and what the gate says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from fks_engine.api import Side
from fks_tui.formatting import NOTHING, STALE_MARK, age, printable, quantity, size, worth
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from fks_engine.api import Instrument, Order, OrderCommand, Preview, QuoteRow
    from fks_tui.precision import Precision

_LABEL = 11


class PreviewPanel(SteadyText):
    """The market's touch and the figures of the latest preview; dim while a newer one is on its way."""

    def show(
        self,
        command: OrderCommand | Order | None,
        preview: Preview | None,
        quote: QuoteRow | None,
        instrument: Instrument | None,
        precision: Precision,
    ) -> None:
        """Show the figures of `preview`, which is for `command` or for a replacement of an order."""
        self.tell(*_touch(quote, precision), *_figures(command, preview, instrument, precision))


def _touch(quote: QuoteRow | None, precision: Precision) -> list[Content]:
    """Bid, ask, and a line that says so where they are old."""
    if quote is None:
        return [_line("Bid", NOTHING), _line("Ask", NOTHING), _line("Quote", "there is none", "$stale")]
    tone, mark = ("$stale", STALE_MARK) if quote.stale else ("", "")
    bid, ask = (precision.price(quote.instrument_id, price) for price in (quote.bid, quote.ask))
    return [
        _line("Bid", f"{mark}{bid} × {size(quote.bid_size)}", tone),
        _line("Ask", f"{mark}{ask} × {size(quote.ask_size)}", tone),
        _line("Quote", f"stale, {age(quote.age_s)} old", tone) if quote.stale else Content(""),
    ]


def _figures(
    command: OrderCommand | Order | None, preview: Preview | None, instrument: Instrument | None, precision: Precision
) -> list[Content]:
    quote, base = (instrument.quote, instrument.base) if instrument else ("", "")
    if command is None or preview is None:
        names = ("Sends", "Fill near", "Worth", "Fee about", "Held", "Available")
        return [_line(name, NOTHING, "$muted") for name in names]
    price = precision.price(command.instrument_id, preview.limit_price)
    terms = "market" if preview.limit_price is None else price
    near = precision.price(command.instrument_id, preview.expected_price)
    before, after = preview.position_before, preview.position_after
    extras = []
    if preview.cap_price is not None:
        extras.append(
            _line("Not over" if command.side is Side.BUY else "Not under", _capped(preview, precision, command))
        )
    if preview.available_after is not None:
        short = "$sell" if preview.available_after < 0 else ""
        extras.append(_line("Then free", worth(preview.available_after, preview.available_asset), short))
    if preview.unfilled:
        extras.append(_line("Unfilled", f"{quantity(preview.unfilled)} {base} would expire", "$warning"))
    if preview.exits_quantity is not None:
        extras.append(_line("Exits hold", f"{quantity(preview.exits_quantity)} {base}"))
    return [
        _line("Sends", f"{quantity(preview.quantity)} {base} at {terms}"),
        _line("Fill near", near if preview.expected_price is None else f"{near} {quote}"),
        _line("Worth", worth(preview.notional, quote)),
        _line("Fee about", worth(preview.fee, preview.fee_asset)),
        _line("Held", f"{quantity(before)} → {quantity(after)} {base}"),
        _line("Available", worth(preview.available, preview.available_asset)),
        *extras,
    ]


def _capped(preview: Preview, precision: Precision, command: OrderCommand | Order) -> str:
    return precision.price(command.instrument_id, preview.cap_price)


def _line(name: str, text: str, tone: str = "") -> Content:
    return Content.assemble((f"{name:<{_LABEL}}", "$muted"), (printable(text), tone))
