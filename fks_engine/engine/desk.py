"""One desk's door inside the engine's own process: its focus, its place in the notices, its pictures."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import anyio

from fks_engine.api import (
    AcceptDifferences,
    Accepted,
    AnswerUnavailable,
    CancelAllOrders,
    CancelOrder,
    DenialReason,
    Denied,
    DeskView,
    Failed,
    FlattenPosition,
    Follow,
    HearAlerts,
    NoticeLevel,
    Preview,
    Refused,
    RemoveAlert,
    ReplaceOrder,
    SetAlert,
    SetLimit,
    SettingsRequest,
    SetTradingState,
    StopEngine,
    SubmitOco,
    SubmitOrder,
    WatchlistCommand,
    blank_preview,
)
from fks_engine.engine.jobs import parts_of
from fks_engine.engine.lookup import look_up, settings_page
from fks_engine.engine.picture import focus_picture
from fks_engine.model import TradingState
from fks_engine.orders.halt import NOT_KEPT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from fks_engine.api import (
        AnswerPart,
        Command,
        EngineView,
        InstrumentId,
        Job,
        JobPart,
        Page,
        Previewable,
        Request,
        Timeframe,
    )
    from fks_engine.clock import Clock
    from fks_engine.config import Folders, Settings
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.engine.parts import Parts
    from fks_engine.engine.picture import Shared

_OPENING = SubmitOrder | SubmitOco | ReplaceOrder | FlattenPosition | SetTradingState
"""What is refused while the engine stops."""
EARLY_HALT_DURABLE_WITHIN_S: Final = 10.0
"""A halt that comes while the engine starts is answered once the disk has it, at the latest after so long."""


class Host(Protocol):
    """What a desk uses of the engine it is in."""

    settings: Settings
    folders: Folders
    clock: Clock
    notices: NoticeLog
    parts: Parts | None
    early_halt: SetTradingState | None
    tick: int
    ticked: anyio.Event

    def shared(self) -> Shared:
        """What all desks see at this tick."""
        ...

    @property
    def stopping(self) -> bool:
        """Whether the ordered stop has begun."""
        ...

    def request_stop(self, cancel_orders: bool = False) -> None:
        """Begin the ordered stop."""
        ...


class EngineDesk:
    """Keeps the Desk contract over a running engine. Made and closed by `Engine.open_desk`."""

    def __init__(self, engine: Host) -> None:
        self._engine = engine
        self._followed: tuple[InstrumentId, Timeframe] | None = None
        self._last_notice = engine.notices.last_number
        self._tick = -1
        self._picture: DeskView | None = None

    def view(self) -> DeskView:
        """The picture of the engine's latest tick; the same object until the next one."""
        engine = self._engine
        if self._picture is not None and self._tick == engine.tick:
            return self._picture
        number = self._picture.number + 1 if self._picture else 1
        skipped = engine.tick - self._tick - 1 if self._picture else 0
        notices, forgotten = engine.notices.since(self._last_notice)
        self._last_notice, self._tick = engine.notices.last_number, engine.tick
        shared, parts = engine.shared(), engine.parts
        focus = None
        if parts is not None and self._followed is not None:
            focus = focus_picture(parts, *self._followed, engine.settings.market.book_depth)
        self._picture = DeskView(
            number=number,
            ts=engine.clock.now_ns(),
            engine=shared.engine,
            quotes=shared.quotes,
            focus=focus,
            working_orders=shared.working_orders,
            recent_orders=shared.recent_orders,
            recent_fills=shared.recent_fills,
            account=shared.account,
            notices=notices,
            missed_views=skipped,
            missed_notices=forgotten,
            watchlists=shared.watchlists,
            alerts=shared.alerts,
            reconciliation=shared.reconciliation,
            risk=shared.risk,
        )
        return self._picture

    async def changed(self, number: int) -> DeskView:
        """The picture after the one with `number`."""
        while self._picture is not None and self._picture.number == number and self._tick == self._engine.tick:
            await self._engine.ticked.wait()
        return self.view()

    async def submit(self, command: Command) -> Accepted | Denied:
        """Hand the command to its stage."""
        engine, parts = self._engine, self._engine.parts
        if isinstance(command, StopEngine):
            facts = engine.shared().engine
            if command.cancel_orders and not (facts.orders_known or facts.read_only):
                return _orders_not_read(facts)
            engine.request_stop(command.cancel_orders)
            return Accepted()
        if isinstance(command, SetTradingState) and command.state is TradingState.HALTED:
            return await self._halt(command)
        if parts is None or parts.streams is None:
            return _not_ready(engine)
        if engine.stopping and isinstance(command, _OPENING):
            return _stopping()
        if isinstance(command, WatchlistCommand):
            return parts.lists.change(command) or Accepted()
        match command:
            case SubmitOrder() | SubmitOco():
                return await parts.orders.submit(command)
            case ReplaceOrder():
                return await parts.orders.replace(command)
            case FlattenPosition(instrument_id=instrument):
                return await parts.flattener.flatten(instrument)
            case CancelOrder(client_order_id=client_order_id):
                return await parts.orders.cancel(client_order_id)
            case CancelAllOrders(instrument_id=instrument, side=side):
                return await parts.orders.cancel_all(instrument, side)
            case SetTradingState():
                return await parts.halt.set(command)
            case SetLimit():
                return await parts.risk.limits.set(command, parts.market.instrument)
            case AcceptDifferences(numbers=numbers):
                return parts.account.reconciliation.accept(numbers)
            case Follow(instrument_id=instrument_id, timeframe=timeframe):
                return self._follow(parts, instrument_id, timeframe)
            case SetAlert():
                return parts.alerts.set(command) or Accepted()
            case HearAlerts(numbers=numbers):
                parts.alerts.hear(numbers)
                return Accepted()
            case RemoveAlert(number=number):
                return parts.alerts.remove(number) or Accepted()

    async def _halt(self, command: SetTradingState) -> Accepted | Denied:
        """Halt, whatever the engine is doing: one that is only just starting does it before anything could be sent."""
        engine = self._engine
        if engine.parts is not None:
            return await engine.parts.halt.set(command)
        before = engine.early_halt
        engine.early_halt = replace(command, flatten=command.flatten or (before is not None and before.flatten))
        words = f"by {command.origin}{f': {command.reason}' if command.reason else ''}; the engine is still starting"
        engine.notices.add(NoticeLevel.ERROR, "Trading halted", words)
        with anyio.move_on_after(EARLY_HALT_DURABLE_WITHIN_S):
            parts = await self._parts()
            await parts.halt.kept()
            return Accepted()
        words = f"the engine does not get on with its start: the halt holds in it, but is {NOT_KEPT}"
        engine.notices.add(NoticeLevel.ERROR, "Halt", words)
        return Accepted()

    async def _parts(self) -> Parts:
        """The engine's parts, as soon as it has them; an early halt was given to them then."""
        while (parts := self._engine.parts) is None:
            await self._engine.ticked.wait()
        return parts

    async def preview(self, command: Previewable) -> Preview:
        """What the gate and the book say of the order; refused for the reasons for which `submit` refuses."""
        engine, parts = self._engine, self._engine.parts
        if parts is None:
            return blank_preview(command, _not_ready(engine))
        preview = parts.orders.preview(command)
        if parts.streams is None:
            return replace(preview, denial=_not_ready(engine))
        return replace(preview, denial=_stopping()) if engine.stopping else preview

    async def query(self, request: Request) -> Page:
        """One page; Refused when the exchange cannot be asked."""
        parts = self._engine.parts
        if isinstance(request, SettingsRequest):
            return settings_page(self._engine.settings, self._engine.folders)
        if parts is None:
            return Refused(_not_ready(self._engine).message)
        return await look_up(parts, self._engine.settings, request)

    async def run(self, job: Job) -> AsyncGenerator[JobPart]:
        """The parts of a job, until it has ended or the desk leaves it."""
        parts = self._engine.parts
        if parts is None:
            yield Failed(_not_ready(self._engine).message)
            return
        async with aclosing(parts_of(job, parts, self._engine.clock)) as told:
            async for part in told:
                yield part

    async def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        """Say that no assistant is installed: none is part of this version."""
        yield AnswerUnavailable("This version of FKS has no assistant.")

    def close(self) -> None:
        """Let go of what was followed."""
        if self._followed is not None and self._engine.parts and self._engine.parts.streams:
            self._engine.parts.streams.unfollow(*self._followed)
        self._followed = None

    def _follow(self, parts: Parts, instrument_id: InstrumentId, timeframe: Timeframe) -> Accepted | Denied:
        if parts.market.instrument(instrument_id) is None or parts.streams is None:
            message = f"{instrument_id} is not listed by {parts.exchange.name}"
            return Denied(DenialReason.UNKNOWN_INSTRUMENT, message, {})
        before = self._followed
        if before != (instrument_id, timeframe):
            # Followed before the old choice is let go of, so that what both need is never dropped in between.
            parts.streams.follow(instrument_id, timeframe)
            self._followed = (instrument_id, timeframe)
            if before is not None:
                parts.streams.unfollow(*before)
        return Accepted()


def _stopping() -> Denied:
    return Denied(DenialReason.TRADING_HALTED, "the engine is stopping, so nothing was sent or changed")


def _not_ready(engine: Host) -> Denied:
    message = f"the exchange is not connected yet ({engine.shared().engine.detail}); nothing was sent"
    return Denied(DenialReason.NOT_CONNECTED, message, {})


def _orders_not_read(facts: EngineView) -> Denied:
    why = f" ({facts.detail})" if facts.detail else ""
    message = f"working orders are not read yet{why}, so they cannot be canceled: wait, or stop and keep them"
    return Denied(DenialReason.NOT_CONNECTED, message)
