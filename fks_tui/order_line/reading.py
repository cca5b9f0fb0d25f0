"""A line read against the desk: what is to be done, in one sentence, or what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fks_engine.api import (
    AddToWatchlist,
    CancelAllOrders,
    CancelOrder,
    Command,
    FlattenPosition,
    InstrumentId,
    Previewable,
    ReplaceOrder,
    SetAlert,
    SetTradingState,
    Side,
    SubmitOco,
    SubmitOrder,
    TradingState,
    market_of,
)
from fks_tui.closing import closing, is_open
from fks_tui.formatting import quantity
from fks_tui.order_line.caution import cautions
from fks_tui.order_line.grammar import read_line
from fks_tui.order_line.lines import (
    AlertLine,
    CancelLine,
    CloseLine,
    GateLine,
    GateVerb,
    GoLine,
    HelpLine,
    MoveLine,
    OrderLine,
    WatchLine,
)
from fks_tui.order_line.markets import Markets, Unlooked, place
from fks_tui.order_line.order_reading import order_command
from fks_tui.order_line.pricing import MarketNow, Unpriced
from fks_tui.order_line.sentences import cancel_sentence, move_sentence, order_sentence
from fks_tui.order_line.words import Doubt, Slot, quoted

if TYPE_CHECKING:
    from fks_engine.api import Order
    from fks_tui.order_line.lines import Line

_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Go:
    """Show a market."""

    instrument_id: InstrumentId


@dataclass(frozen=True, slots=True)
class ShowHelp:
    """Show the help."""


@dataclass(frozen=True, slots=True)
class Halt:
    """Halt trading, and show how far that gets."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line amounts to."""

    action: Command | Go | ShowHelp | Halt
    sentence: str
    cautions: tuple[str, ...] = ()

    @property
    def order(self) -> Previewable | None:
        """The order or the change of one that can be previewed, where it is one."""
        return self.action if isinstance(self.action, SubmitOrder | SubmitOco | ReplaceOrder) else None


def read(text: str, markets: Markets) -> Reading | Unlooked | Doubt:
    """What `text` amounts to on this desk now. Never raises."""
    line = read_line(text)
    if isinstance(line, Doubt):
        return line
    try:
        return _read(line, text, markets)
    except Unpriced as unpriced:
        end = len(text.rstrip())
        return Doubt(str(unpriced), end, end + 1, Slot.TERMS)


def _read(line: Line, text: str, markets: Markets) -> Reading | Unlooked | Doubt:
    match line:
        case HelpLine():
            return Reading(ShowHelp(), "Show the words of the order line and the keys")
        case GateLine(verb=verb):
            return _gate(verb, text, markets)
        case CancelLine():
            return _cancel(line, text, markets)
        case CloseLine():
            return _close(line, text, markets)
        case MoveLine():
            return _move(line, text, markets)
        case OrderLine():
            found = markets.find(text, line.market, line.size.currency)
            return found if isinstance(found, Unlooked | Doubt) else _order(line, text, found, markets)
        case WatchLine(market=market) | GoLine(market=market) | AlertLine(market=market):
            found = markets.find(text, market)
            return found if isinstance(found, Unlooked | Doubt) else _of_market(line, found, markets)


def _gate(verb: GateVerb, text: str, markets: Markets) -> Reading | Doubt:
    """The word was typed whole, so nothing is asked behind it."""
    halted = markets.view.engine.trading_state is TradingState.HALTED
    match verb:
        case GateVerb.HALT:
            return Reading(Halt(), "HALT: cancel every order of ours, verify that none is open, send nothing more")
        case GateVerb.REDUCE if halted:
            return Doubt("trading is halted, which is stricter: resume it first", 0, len(text.rstrip()))
        case GateVerb.REDUCE:
            return Reading(SetTradingState(TradingState.REDUCING, "by hand"), "Let only reductions pass")
        case GateVerb.RESUME:
            what = "Lift the halt" if halted else "Open the gate"
            return Reading(SetTradingState(TradingState.ACTIVE, "by hand"), f"{what}: every order passes again")


def _of_market(line: WatchLine | GoLine | AlertLine, id: InstrumentId, markets: Markets) -> Reading:  # noqa: A002
    market = market_of(id)
    match line:
        case GoLine():
            return Reading(Go(id), f"Show book, tape and chart of {market}")
        case AlertLine(condition=condition, level=level):
            mark = "%" if condition == "moves" else ""
            return Reading(
                SetAlert(id, condition, level), f"Tell once when {market} {condition} {quantity(level)}{mark}"
            )
        case WatchLine():
            lists = markets.view.watchlists
            name = lists[0].name if lists else "Markets"
            ids = lists[0].instrument_ids if lists else tuple(row.instrument_id for row in markets.view.quotes)
            where = f"the watchlist {name}"
            if id in ids:
                return Reading(Go(id), f"{market} is on {where} already: show it")
            return Reading(AddToWatchlist(name, id), f"Put {market} on {where}")


def market_now(id: InstrumentId, markets: Markets) -> MarketNow | Unlooked | None:  # noqa: A002
    """The market with its steps; None where the engine does not know them."""
    instrument = markets.instrument(id)
    if instrument is None or isinstance(instrument, Unlooked):
        return instrument
    free = markets.free
    slippage = markets.view.engine.max_slippage_percent
    return MarketNow(instrument, markets.view.quote(id), free(instrument.base), free(instrument.quote), slippage)


def _order(line: OrderLine, text: str, id: InstrumentId, markets: Markets) -> Reading | Unlooked | Doubt:  # noqa: A002
    now = market_now(id, markets)
    if now is None or isinstance(now, Unlooked):
        return now or _no_steps(text, line.market)
    command = order_command(line, now)
    near = None
    if now.quote is not None:
        near = now.quote.ask if command.side is Side.BUY else now.quote.bid
    return Reading(command, order_sentence(command, now.instrument, near), cautions(command, markets.view))


def _no_steps(text: str, market: str) -> Doubt:
    return Doubt(f"the engine does not tell the steps of {quoted(market)}", *place(text, market), Slot.MARKET)


def _cancel(line: CancelLine, text: str, markets: Markets) -> Reading | Unlooked | Doubt:
    every = CancelAllOrders(None, line.side)
    working = [each for each in markets.view.working_orders if every.takes(each)]
    if not line.target:
        return Reading(every, cancel_sentence(len(working), "", line.side))
    order = None if line.side else markets.order(text, line.target)
    if isinstance(order, Doubt):
        return order
    if order is not None:
        return Reading(CancelOrder(order.client_order_id), f"Cancel {_named(order)}")
    found = markets.find(text, line.target)
    if isinstance(found, Unlooked | Doubt):
        return found
    count = sum(each.instrument_id == found for each in working)
    return Reading(CancelAllOrders(found, line.side), cancel_sentence(count, market_of(found), line.side))


def _named(order: Order) -> str:
    price = order.limit_price or order.stop_price
    at = "" if price is None else f" at {quantity(price)}"
    return f"{order.side.upper()} {quantity(order.leaves_quantity)} {market_of(order.instrument_id)}{at}"


def _close(line: CloseLine, text: str, markets: Markets) -> Reading | Unlooked | Doubt:
    view = markets.view
    if not line.market:
        rows = [row for row in view.account.positions if is_open(row)]
        if not rows:
            return Doubt("no position is open: there is nothing to close", 0, len(text.rstrip()), Slot.TARGET)
        names = ", ".join(market_of(row.instrument_id) for row in rows[:_MOST_NAMED])
        more = f" and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else ""
        return Reading(FlattenPosition(), f"Cancel the orders of {names}{more}, then sell these positions at market")
    found = markets.find(text, line.market)
    if isinstance(found, Unlooked | Doubt):
        return found
    what = closing(view, found)
    if what.command is None:
        return Doubt(what.words, *place(text, line.market), Slot.TARGET)
    cap = ", within the slippage cap" if isinstance(what.command, FlattenPosition) else ""
    return Reading(what.command, f"{what.words}{cap}")


def _move(line: MoveLine, text: str, markets: Markets) -> Reading | Unlooked | Doubt:
    order = markets.order(text, line.target) or _only_order(line, text, markets)
    if isinstance(order, Unlooked | Doubt):
        return order
    now = market_now(order.instrument_id, markets)
    if now is None or isinstance(now, Unlooked):
        return now or _no_steps(text, line.target)
    price = now.price(line.price, order.side)
    if order.order_type.has_limit:
        command = ReplaceOrder(client_order_id=order.client_order_id, limit_price=price, origin="order line")
    else:
        command = ReplaceOrder(client_order_id=order.client_order_id, stop_price=price, origin="order line")
    return Reading(command, move_sentence(order, command, now.instrument))


def _only_order(line: MoveLine, text: str, markets: Markets) -> Order | Unlooked | Doubt:
    """The one working order of a market."""
    found = markets.find(text, line.target)
    if isinstance(found, Unlooked | Doubt):
        return found
    orders = [each for each in markets.view.working_orders if each.instrument_id == found]
    start, end = place(text, line.target)
    if len(orders) == 1:
        return orders[0]
    if not orders:
        return Doubt(f"{market_of(found)} has no working order", start, end, Slot.TARGET)
    choices = tuple(f"{text[:start]}{each.client_order_id}{text[end:]}" for each in orders[:4])
    message = f"{market_of(found)} has {len(orders)} working orders: which one?"
    return Doubt(message, start, end, Slot.TARGET, choices)
