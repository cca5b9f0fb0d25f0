"""`fks history`: orders of all runs out of the journal, the life of one, and their export."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fks_engine.api import ExportHistory, ExportWhat, HistoryRequest, OrderLifePage
from fks_engine.clock import NANOS
from fks_engine.errors import FksError, JournalUnavailable
from fks_engine.history import Export, HistoryIndex, refused_path
from fks_engine.history.life import life_in
from fks_engine.model import InstrumentId, OrderStatus, market_of, plain

if TYPE_CHECKING:
    from pathlib import Path

    from fks_engine.cli.arguments import HistoryWords
    from fks_engine.config import Folders, Settings
    from fks_engine.model import Order


def run(settings: Settings, folders: Folders, asked: HistoryWords, *, as_json: bool) -> int:
    """List orders, tell a life or write a file; code 1 where a part of a journal cannot be read.

    Raises FksError where what was asked cannot be done.
    """
    found = sorted(path for path in (folders.of_mode(settings.mode) / "journal").glob("*") if path.is_dir())
    if not found:
        print(f"there is no journal of mode {settings.mode.value} in {folders.data}")
        return 0
    chosen = _request(settings, asked)
    match asked.words:
        case ("show", *rest):
            if len(rest) != 1:
                raise FksError("fks history show takes the id of one order, or a part of it")
            return _show(found, rest[0], as_json=as_json)
        case ("export", *rest):
            if len(rest) != 1:
                raise FksError("fks history export takes one file, ending in .csv or .parquet")
            return _export(found, settings, ExportHistory(path=rest[0], what=ExportWhat(asked.what), chosen=chosen))
    return _list(found, chosen, as_json=as_json)


def _request(settings: Settings, asked: HistoryWords) -> HistoryRequest:
    words = asked.words if asked.words[:1] not in (("show",), ("export",)) else ()
    exchange, colon, market = asked.market.rpartition(":")
    instrument = f"{exchange if colon else settings.exchange.name}:{market.upper()}" if market else ""
    statuses = tuple(OrderStatus(each) for each in asked.statuses)
    text = " ".join(words)
    return HistoryRequest(
        text=text, instrument_id=InstrumentId(instrument) if instrument else None, statuses=statuses, limit=asked.last
    )


def _read(folder: Path) -> tuple[HistoryIndex, int]:
    """The journal of one account, and the exit code that its state asks for."""
    index = HistoryIndex(folder)
    index.refresh()
    if index.warning:
        print(f"fks: {folder.name}: {index.warning}", file=sys.stderr)
    return index, int(bool(index.warning))


def _list(folders: list[Path], chosen: HistoryRequest, *, as_json: bool) -> int:
    code = 0
    for folder in folders:
        index, fault = _read(folder)
        code = max(code, fault)
        page = index.page(chosen)
        if not as_json and len(folders) > 1:
            print(f"{folder.name}:")
        for order in page.items:
            print(json.dumps(dataclasses.asdict(order), default=str) if as_json else _line(order))
        if not as_json:
            print(f"{len(page.items)} of {page.total} orders" if page.total else "no order is like that")
    return code


def _show(folders: list[Path], order_id: str, *, as_json: bool) -> int:
    for folder in folders:
        index, code = _read(folder)
        row = index.row(order_id)
        if row is None:
            continue
        page = OrderLifePage(row.order, life_in(index, row))
        if as_json:
            print(json.dumps(dataclasses.asdict(page), default=str))
            return code
        print(_line(page.order))
        before = page.steps[0].ts if page.steps else 0
        for step in page.steps:
            numbers = ", ".join(f"{name} {value}" for name, value in step.numbers.items())
            mark = "!" if step.is_fault else " "
            kind = step.kind.value.replace("_", " ")
            print(
                f"{_time(step.ts)} {(step.ts - before) / 1e6:>+10.3f} ms {mark} {kind:<12} {_flat(step.text)}"
                f"{f' ({_flat(numbers)})' if numbers else ''}"
            )
            before = step.ts
        return code
    raise FksError(f"{order_id!r} is no order of the journal, or part of several ids")


def _export(folders: list[Path], settings: Settings, job: ExportHistory) -> int:
    mine = [folder for folder in folders if folder.name.startswith(f"{settings.exchange.name}-")]
    if refused := refused_path(job.path):
        raise JournalUnavailable(refused)
    if len(mine) != 1:
        raise FksError(f"there are {len(mine)} journals of {settings.exchange.name}: choose with --exchange or --home")
    index, code = _read(mine[0])
    export = Export(index, job, lambda done, total: None)
    rows = export.run()
    print(f"{export.path}: {rows} rows")
    return code


def _line(order: Order) -> str:
    worst = "" if order.order_type.has_limit else "worst "
    price = "market" if order.limit_price is None else f"{worst}{plain(order.limit_price)}"
    filled = f"{plain(order.filled_quantity)} of {plain(order.quantity)}"
    kind = order.order_type.value.replace("_", " ")
    what = f"{order.side.value:<4} {kind:<6} {filled} {market_of(order.instrument_id)}"
    why = f": {_flat(order.reason)}" if order.reason else ""
    return f"{_time(order.ts_created)}  {order.client_order_id}  {what} at {price}  {order.status.value}{why}"


def _time(ts: int) -> str:
    whole, part = divmod(ts, NANOS)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%d %H:%M:%S}.{part // 1_000_000:03d}Z"


def _flat(text: str) -> str:
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)
