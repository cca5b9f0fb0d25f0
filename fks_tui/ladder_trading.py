"""The trader's hand on the ladder: what is proposed, picked up or on its way, and the word on what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from fks_engine.api import (
    CancelAllOrders,
    CancelOrder,
    ConnectionLost,
    Denied,
    FlattenPosition,
    NothingSent,
    OrderStatus,
    ReplaceOrder,
    SubmitOrder,
    market_of,
)
from fks_tui.formatting import quantity
from fks_tui.ladder_orders import resting_price
from fks_tui.ladder_picture import PROPOSED, SENDING, Ghost
from fks_tui.order_words import side_words

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from decimal import Decimal

    from fks_engine.api import Accepted, Command, Desk, DeskView, Fill, InstrumentId, Order, Preview
    from fks_tui.arming import Arming
    from fks_tui.price_grid import PriceGrid

    Run = Callable[[Coroutine[Any, Any, None]], object]

NO_ANSWER: Final = "no answer: it may have been sent and is not sent again; look at Orders"
KEEP_GHOST_NS: Final = 5_000_000_000
"""For so long an accepted order may be missing from the pictures before its mark goes away."""
MOST_REMEMBERED: Final = 200
_REFUSALS: Final = frozenset({"bad", "warn"})
_GOING_ON: Final = {"Cancel": "Canceling", "Close": "Closing"}
_FAILED: Final = (OrderStatus.REJECTED, OrderStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Told:
    """One line for a person, and its tone: `good`, `bad`, `warn` or empty."""

    text: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A command with the words for it."""

    command: Command
    words: str
    ghost: Ghost | None = None
    """Where it will stand, for commands that bring an order to a price."""


@dataclass(slots=True)
class _OnItsWay:
    """A command that was handed over and cannot be seen in a picture yet."""

    intent: Intent
    ids: tuple[str, ...] = ()
    """The orders it made; empty until it was accepted."""
    accepted_ts: int | None = None


class LadderTrading:
    """Takes one intent at a time from the keys, asks or sends, and follows what was sent until it can be seen."""

    def __init__(self, desk: Desk, arming: Arming, run: Run, changed: Callable[[], None]) -> None:
        self._desk = desk
        self._run = run
        self._changed = changed
        self.arming = arming
        self.pending: Intent | None = None
        """What Enter would send."""
        self.preview: Preview | None = None
        """The engine's answer for it; None while there is none."""
        self.carried: Order | None = None
        self.told = Told()
        self._on_its_way: list[_OnItsWay] = []
        self._sent: dict[str, None] = {}
        self._fills: tuple[Fill, ...] | None = None

    # From a key to the engine.

    def act(self, intent: Intent) -> None:
        """Send at once while armed, once for a key that is held; else keep it until Enter."""
        if self.arming.is_armed:
            if self.arming.is_held(_press(intent.command)):
                self.say("A held key sends once: press it again", "warn")
            else:
                self.send(intent)
        else:
            self.pending, self.preview, self.carried = intent, None, None
            self.told = Told()
            self._changed()

    def go_on(self) -> None:
        """Send what is pending."""
        intent, self.pending = self.pending, None
        if intent is not None:
            self.send(intent)

    def send(self, intent: Intent) -> None:
        """Hand a command to the engine; painting waits until it is out."""
        self.pending = self.carried = None
        going = _OnItsWay(intent)
        self._on_its_way.append(going)
        self.told = Told(f"… {intent.words}")
        self._run(self._submit(going))

    def let_go(self, words: str = "") -> bool:
        """Drop what is pending or picked up; whether there was anything."""
        held = self.pending is not None or self.carried is not None
        self.pending = self.carried = self.preview = None
        if held and words:
            self.told = Told(words)
        return held

    def pick_up(self, order: Order) -> None:
        """Take an order in hand, to be dropped at another price."""
        self.pending = self.preview = None
        self.carried = order
        self.told = Told()
        self._changed()

    def say(self, text: str, tone: str = "") -> None:
        """Answer a key in words."""
        self.told = Told(text, tone)
        self._changed()

    def disarm(self, why: str) -> None:
        """Let no key send at once any more, and say why."""
        if self.arming.disarm():
            before = f"{self.told.text} · " if self.told.tone == "bad" else ""
            self.told = Told(f"{before}Disarmed: {why}", self.told.tone or "warn")
            self._changed()

    def _tell(self, told: Told) -> None:
        """Tell what happened, unless a refusal stands there: that stays until the next key."""
        if self.told.tone not in _REFUSALS:
            self.told = told

    async def _submit(self, going: _OnItsWay) -> None:
        words = going.intent.words
        try:
            answer = await self._desk.submit(going.intent.command)
        except NothingSent as error:
            self._failed(going, f"✗ Nothing was sent: {error}", "nothing was sent")
        except ConnectionLost:
            self._failed(going, f"? {words}: {NO_ANSWER}", "the engine is gone")
        else:
            if isinstance(answer, Denied):
                self._failed(going, f"✗ Denied: {answer.message}", "an order was denied")
            else:
                self._accepted(going, answer)
        self._changed()

    def _accepted(self, going: _OnItsWay, answer: Accepted) -> None:
        going.ids, going.accepted_ts = answer.client_order_ids, self._desk.view().ts
        if isinstance(going.intent.command, SubmitOrder | ReplaceOrder):
            self._sent |= dict.fromkeys(answer.client_order_ids)
            while len(self._sent) > MOST_REMEMBERED:
                del self._sent[next(iter(self._sent))]
        self._tell(Told(f"✓ {_taken(going.intent)}", "good"))

    def _failed(self, going: _OnItsWay, text: str, why: str) -> None:
        self._on_its_way.remove(going)
        self.told = Told(text, "bad")
        self.disarm(why)

    # What the engine's pictures say.

    def take(self, view: DeskView, market: InstrumentId | None) -> None:
        """Learn what has become of what was sent."""
        seen = {order.client_order_id: order for order in (*view.recent_orders, *view.working_orders)}
        self._on_its_way = [each for each in self._on_its_way if not _is_seen(each, seen, view.ts)]
        for id in [id for id in self._sent if (order := seen.get(id)) is not None and order.status.is_terminal]:  # noqa: A001
            del self._sent[id]
            if seen[id].status in _FAILED:
                self.told = Told(f"✗ {seen[id].status.capitalize()}: {seen[id].reason or headline_of(seen[id])}", "bad")
                self.disarm(f"an order was {seen[id].status}")
        self._tell_fills(view, market)
        if self.carried is not None:
            now = seen.get(self.carried.client_order_id)
            if now is None or now.status.is_terminal:
                self._tell(Told(f"{headline_of(self.carried)} is over: {now.status if now else 'gone'}"))
                self.let_go()
            else:
                self.carried = now

    def _tell_fills(self, view: DeskView, market: InstrumentId | None) -> None:
        before, self._fills = self._fills, view.recent_fills
        if before is None or before == view.recent_fills:
            return
        known = {(fill.instrument_id, fill.trade_id) for fill in before}
        new = [
            fill
            for fill in view.recent_fills
            if fill.instrument_id == market and (fill.instrument_id, fill.trade_id) not in known
        ]
        if new:
            total = sum((fill.quantity for fill in new if fill.side is new[0].side), new[0].quantity * 0)
            self._tell(
                Told(
                    f"✓ Filled {side_words(new[0].side)} {quantity(total)} {market_of(new[0].instrument_id)} "
                    f"at {new[0].price:f}",
                    "good",
                )
            )

    def ghosts(self, cursor: Decimal | None) -> tuple[Ghost, ...]:
        """The marks for what no picture holds yet: on its way, pending, or carried over the cursor's price."""
        ghosts = [replace(each.intent.ghost, mark=SENDING) for each in self._on_its_way if each.intent.ghost]
        if self.pending is not None and self.pending.ghost is not None:
            ghosts.append(replace(self.pending.ghost, mark=PROPOSED))
        if self.carried is not None and cursor is not None:
            ghosts.append(Ghost(self.carried.side, cursor, self.carried.leaves_quantity, PROPOSED))
        return tuple(ghosts)

    def moving(self, orders: tuple[Order, ...], row: int | None, grid: PriceGrid) -> tuple[Order, Decimal] | None:
        """The order of a row whose move waits for Enter, and the price it would go to; either end of it is its row."""
        command, ghost = (self.pending.command, self.pending.ghost) if self.pending is not None else (None, None)
        if not isinstance(command, ReplaceOrder) or ghost is None:
            return None
        order = next((each for each in orders if each.client_order_id == command.client_order_id), None)
        now = None if order is None else resting_price(order)
        if order is None or now is None or row not in {grid.row(price, order.side) for price in (now, ghost.price)}:
            return None
        return order, ghost.price

    def is_coming(self, row: int | None, grid: PriceGrid | None) -> bool:
        """Whether an order is on its way to a row and in no picture yet."""
        ghosts = [each.intent.ghost for each in self._on_its_way if each.intent.ghost is not None]
        return grid is not None and any(grid.row(ghost.price, ghost.side) == row for ghost in ghosts)

    def canceling(self, orders: tuple[Order, ...]) -> frozenset[str]:
        """Of `orders`, those that a command on its way cancels or replaces."""
        commands = [each.intent.command for each in self._on_its_way]
        return frozenset(
            order.client_order_id for order in orders if any(_cancels(command, order) for command in commands)
        )


def headline_of(order: Order) -> str:
    """What an order trades: `▲ BUY 0.1 BTC/USDT`."""
    return f"{side_words(order.side)} {quantity(order.quantity)} {market_of(order.instrument_id)}"


def _press(command: Command) -> object:
    """What a key that is held would repeat, whatever price the market has moved to meanwhile."""
    if isinstance(command, SubmitOrder):
        return (SubmitOrder, command.side, command.order_type)
    return command


def _taken(intent: Intent) -> str:
    """The words for a command that was taken: what it has set going."""
    match intent.command:
        case SubmitOrder():
            return f"Passed: {intent.words}"
        case ReplaceOrder():
            return f"Moving {intent.words}"
        case _:
            verb, _, rest = intent.words.partition(" ")
            return f"{_GOING_ON.get(verb, verb)} {rest}"


def _is_seen(going: _OnItsWay, seen: dict[str, Order], now: int) -> bool:
    """Whether the pictures show what a command did, or have had the time to."""
    if going.accepted_ts is None:
        return False
    if now - going.accepted_ts > KEEP_GHOST_NS or isinstance(going.intent.command, FlattenPosition):
        return True
    if isinstance(going.intent.command, CancelOrder | CancelAllOrders):
        return all(
            id not in seen or seen[id].status.is_terminal or seen[id].status is OrderStatus.PENDING_CANCEL
            for id in going.ids  # noqa: A001
        )
    return any(id in seen for id in going.ids)  # noqa: A001


def _cancels(command: Command, order: Order) -> bool:
    match command:
        case CancelOrder(id) | ReplaceOrder(client_order_id=id):
            return order.client_order_id == id
        case CancelAllOrders():
            return command.takes(order)
        case FlattenPosition(instrument_id):
            return instrument_id in (None, order.instrument_id)
        case _:
            return False
