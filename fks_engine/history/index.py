"""Every order that a journal tells of, each once, kept up with as the journal grows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from fks_engine.api import HistoryPage
from fks_engine.errors import JournalCorrupt, JournalError, JournalUnavailable
from fks_engine.history.rows import Row, is_narrowed, passes
from fks_engine.journal.codec import decoded
from fks_engine.journal.frames import MAGIC, frames
from fks_engine.journal.segment import Reading, first_number, segments
from fks_engine.model import (
    CancelAsked,
    Checkpoint,
    FillTaken,
    Order,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    ReportTaken,
    external_id,
)
from fks_engine.orders.ids import is_ours
from fks_engine.orders.life import reported_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fks_engine.api import HistoryRequest
    from fks_engine.model import Fill, InstrumentId, JournalEntry, OrderReport
    from fks_engine.orders.life import TrackedOrder

    Told = Callable[[int, int], None]
    """Told how many bytes of how many are read."""

TELL_EVERY = 20_000
"""Records between two tellings of the progress."""


@dataclass(slots=True)
class Seen:
    """How far a segment was read."""

    end: int = len(MAGIC)
    following: int = 0
    """The number of the record that comes next."""
    stamp: tuple[int, int] = (0, 0)
    """Size and time of the file when it was read."""
    fault: str = ""
    """Why it could not be read to its end."""


class HistoryIndex:
    """The orders of one account. Blocking, and slow at first: it belongs into a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, Seen] = {}
        self._rows: dict[str, Row] = {}
        self._by_exchange_id: dict[tuple[InstrumentId, str], str] = {}
        """Orders that are not put away, by the exchange's id."""
        self._fresh: set[str] = set()
        """Orders that are not put away."""
        self._newest: list[str] | None = None
        self.records = 0
        """How many were read."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What could not be read, and why."""
        return tuple(f"{path.name}: {seen.fault}" for path, seen in self._seen.items() if seen.fault)

    @property
    def warning(self) -> str:
        """What to say of an incomplete history; empty where all of it was read."""
        if not self.faults:
            return ""
        return f"part of the journal cannot be read ({'; '.join(self.faults)}): `fks journal verify` tells more"

    def missing(self, row: Row, *, is_begun: bool) -> str:
        """What to say where steps of an order may lie in what cannot be read; `is_begun`: its beginning is there."""
        still = not row.order.status.is_terminal
        where = [
            f"{path.name}: {seen.fault}"
            for path, seen in self._seen.items()
            if seen.fault
            and (still or first_number(path) <= row.last)
            and (not is_begun or first_number(path) >= row.first)
        ]
        if not where:
            return ""
        return (
            f"steps may be missing here: part of the journal cannot be read ({'; '.join(where)}); `fks journal verify` "
            f"tells more, and a copy of the file put back into {self._folder} brings them back"
        )

    def refresh(self, told: Told | None = None) -> None:
        """Read what was written since the last time. Raises JournalUnavailable."""
        try:
            found = segments(self._folder)
            stamps = {path: path.stat() for path in found}
        except OSError as error:
            raise JournalUnavailable(f"{self._folder} cannot be read: {error.strerror}") from error
        total = sum(each.st_size for each in stamps.values())
        before, until = 0, _ends(found)
        if any(path in until and seen.following > until[path] for path, seen in self._seen.items()):
            self._forget()
        for path in found:
            stat, seen = stamps[path], self._seen.get(path)
            if seen is None or seen.stamp != (stat.st_size, stat.st_mtime_ns):
                self._read(path, (stat.st_size, stat.st_mtime_ns), until=until.get(path), told=told, at=(before, total))
            before += stat.st_size
        self._newest = None

    def page(self, chosen: HistoryRequest) -> HistoryPage:
        """What a request finds of what was read."""
        found = self.found(chosen)
        offset = max(0, chosen.offset)
        shown = found[offset : offset + max(0, min(chosen.limit, 1_000))]
        return HistoryPage(tuple(self._rows[each].order for each in shown), len(found), self.warning)

    def found(self, chosen: HistoryRequest) -> list[str]:
        """The ids of the orders that pass, newest first."""
        if self._newest is None:
            made = {order_id: row.order.ts_created for order_id, row in self._rows.items()}
            self._newest = sorted(made, key=lambda each: (made[each], each), reverse=True)
        words = tuple(chosen.text.lower().split())
        by_words = [each for each in self._newest if self._rows[each].passes(words)] if words else self._newest
        if not is_narrowed(chosen):
            return by_words
        return [each for each in by_words if passes(self._rows[each].order, chosen)]

    def row(self, order_id: str) -> Row | None:
        """The order of that id; where there is none, the one whose id holds it, if it is the only one."""
        if order_id in self._rows:
            return self._rows[order_id]
        holding = [each for each in self._rows if order_id and order_id in each]
        return self._rows[holding[0]] if len(holding) == 1 else None

    def order_id_of(self, told: OrderReport | Fill) -> str:
        """The id by which the order is known here; empty where it is not."""
        if told.client_order_id in self._rows and is_ours(told.client_order_id):
            return told.client_order_id
        elsewhere = external_id(told.instrument_id, told.exchange_order_id)
        if elsewhere in self._rows:
            return elsewhere
        return told.client_order_id or self._by_exchange_id.get((told.instrument_id, told.exchange_order_id), "")

    def entries(self, row: Row | None = None) -> Iterator[JournalEntry]:
        """What the journal tells, or what the segments tell that know of one order; what is damaged is left out."""
        needles = () if row is None else _needles(row.order)
        for path in list(self._seen):
            seen = self._seen[path]
            if row is not None and not row.first <= first_number(path) <= row.last:
                continue
            data = _bytes(path, 0)[: seen.end]
            try:
                for frame in frames(data, first_number(path)):
                    if row is None or any(each in frame.payload for each in needles):
                        yield decoded(frame.payload)
            except JournalError:
                continue

    # How records become rows.

    def _forget(self) -> None:
        """Begin anew: what was read last was never durable, and a segment was begun in its place."""
        for each in (self._seen, self._rows, self._by_exchange_id, self._fresh):
            each.clear()
        self.records = 0

    def _read(
        self, path: Path, stamp: tuple[int, int], *, until: int | None, told: Told | None, at: tuple[int, int]
    ) -> None:
        """Take in what a segment tells beyond what was read of it, up to the number with which another one begins."""
        seen = self._seen.setdefault(path, Seen())
        if seen.fault:
            return
        try:
            try:
                self._take_all(path, seen, until, told, at)
            except JournalCorrupt:
                if until is not None:
                    raise
                self._take_all(path, seen, until, told, at)  # it may have been written to at that very moment
            if until is not None and seen.following < until:
                raise JournalCorrupt(seen.end, f"record {seen.following} and those after it cannot be read")
        except JournalError as error:
            seen.fault = str(error)
        seen.stamp = stamp
        self._put_away()

    def _take_all(self, path: Path, seen: Seen, until: int | None, told: Told | None, at: tuple[int, int]) -> None:
        seen.following = seen.following or first_number(path)
        if seen.following == until:
            return
        data = _bytes(path, seen.end)
        if seen.end == len(MAGIC) and _bytes(path, 0, len(MAGIC)) != MAGIC:
            for _ in Reading(path, _bytes(path, 0)).frames():
                pass
            return
        base, segment = seen.end - len(MAGIC), first_number(path)
        for frame in frames(MAGIC + data, seen.following):
            self._take(decoded(frame.payload), segment)
            seen.end, seen.following = base + frame.end, frame.number + 1
            self.records += 1
            if told is not None and self.records % TELL_EVERY == 0:
                told(at[0] + seen.end, at[1])
            if seen.following == until:
                return

    def _take(self, entry: JournalEntry, segment: int) -> None:
        match entry:
            case ReportTaken(report=report):
                self._take_report(report, entry.ts, segment)
            case FillTaken(fill=fill):
                if (row := self._find(fill)) is not None:
                    self._follow(row, row.order.client_order_id, segment).take_fill(fill, entry.ts)
            case OrdersPlanned(orders=orders, origin=origin):
                for order in orders:
                    if order.client_order_id not in self._rows:
                        self._add(order, segment, origin)
            case OrdersSent(client_order_ids=order_ids):
                for order_id in order_ids:
                    if (row := self._rows.get(order_id)) is not None:
                        self._follow(row, order_id, segment).sent(entry.ts)
            case OrderMoved(client_order_id=order_id, status=status, reason=reason):
                row = self._rows.get(order_id)
                if row is not None and row.order.may_move_to(status):
                    self._follow(row, order_id, segment).move(status, entry.ts, reason)
            case CancelAsked(client_order_id=order_id):
                if (row := self._rows.get(order_id)) is not None:
                    row.last = segment
            case Checkpoint(orders=orders):
                for order in orders:
                    if order.client_order_id not in self._rows or self.faults:
                        self._add(order, segment, getattr(self._rows.get(order.client_order_id), "origin", ""))

    def _take_report(self, report: OrderReport, ts: int, segment: int) -> None:
        row = self._find(report)
        if row is None:
            self._add(_adopted(report, ts, is_taken=report.client_order_id in self._rows), segment)
        else:
            tracked = row.followed(segment)
            tracked.take_report(report, ts)
            self._note(tracked.order)

    def _follow(self, row: Row, order_id: str, segment: int) -> TrackedOrder:
        self._fresh.add(order_id)
        return row.followed(segment)

    def _add(self, order: Order, segment: int, origin: str = "") -> None:
        self._rows[order.client_order_id] = Row(order, segment, origin)
        self._note(order)

    def _note(self, order: Order) -> None:
        self._fresh.add(order.client_order_id)
        if order.exchange_order_id:
            self._by_exchange_id[order.instrument_id, order.exchange_order_id] = order.client_order_id

    def _find(self, told: OrderReport | Fill) -> Row | None:
        """The order by the exchange's id, else by the client's, which other programs may give out again and again."""
        by_exchange = self._by_exchange_id.get((told.instrument_id, told.exchange_order_id))
        if by_exchange is not None:
            return self._rows[by_exchange]
        row = self._rows.get(told.client_order_id)
        if row is None or is_ours(told.client_order_id):
            return row
        known = row.order.exchange_order_id
        return None if told.exchange_order_id and known and known != told.exchange_order_id else row

    def _put_away(self) -> None:
        """Keep small what is over."""
        over = [each for each in self._fresh if self._rows[each].order.status.is_terminal]
        for order_id in over:
            order = self._rows[order_id].order
            self._by_exchange_id.pop((order.instrument_id, order.exchange_order_id or ""), None)
            self._rows[order_id].put_away()
        self._fresh.difference_update(over)


def _adopted(report: OrderReport, ts: int, *, is_taken: bool) -> Order:
    """An order that was found at the exchange."""
    order_id = report.client_order_id
    if not order_id or is_taken:
        order_id = external_id(report.instrument_id, report.exchange_order_id)
    return Order(
        client_order_id=order_id,
        instrument_id=report.instrument_id,
        side=report.side,
        order_type=report.order_type,
        quantity=report.quantity,
        limit_price=report.limit_price,
        stop_price=report.stop_price,
        order_list_id=report.order_list_id,
        is_triggered=report.is_triggered,
        time_in_force=report.time_in_force,
        post_only=report.post_only,
        status=reported_status(report),
        filled_quantity=report.filled_quantity,
        average_price=report.average_price,
        exchange_order_id=report.exchange_order_id or None,
        reason=report.reason,
        external=not is_ours(report.client_order_id),
        ts_created=report.ts_event,
        ts_updated=ts,
    )


def _ends(found: tuple[Path, ...]) -> dict[Path, int]:
    """The number with which another segment begins, by segment; the last one goes on."""
    return {path: int(after.stem) for path, after in pairwise(found) if after.stem.isdecimal()}


def _needles(order: Order) -> tuple[bytes, ...]:
    """What a record holds that may be about the order."""
    ids = (order.client_order_id, order.exchange_order_id or "")
    return tuple(each.encode() for each in ids if each)


def _bytes(path: Path, begin: int, length: int = -1) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(begin)
            return file.read(length)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be read: {error.strerror}") from error
