"""The journal on the command line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import get_args

import anyio
import pytest

from fks_engine.cli import journal_show
from fks_engine.cli.journal_words import words
from fks_engine.config import Folders, load_settings, user_folders
from fks_engine.journal.segment import segments
from fks_engine.model import (
    BalancesTaken,
    CancelAsked,
    CheckMade,
    Checkpoint,
    DifferenceNoted,
    EquityMarked,
    FillTaken,
    JournalEntry,
    JournalOpened,
    LimitName,
    LimitSet,
    Mode,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    OrderStatus,
    OrderType,
    ReportTaken,
    TradingState,
    TradingStateSet,
)
from tests.engine.builders import BTC, ETH, NOW, a_balance, a_fill, a_report, an_order, the_balances
from tests.engine.journal.entries import a_journal, some_entries

ONE_OF_EACH: tuple[tuple[JournalEntry, str], ...] = (
    (
        JournalOpened(ts=NOW, mode=Mode.SIM, exchange="binance", account="binance-1", version="0.1"),
        "opened by fks 0.1: sim, binance-1",
    ),
    (
        OrdersPlanned(ts=NOW, orders=(an_order(status=OrderStatus.SUBMITTED),)),
        "planned  fks-1: buy limit 0.1 BTC/USDT @ 59000",
    ),
    (
        OrdersPlanned(ts=NOW, orders=(an_order(status=OrderStatus.DENIED, reason="too dear"),)),
        "denied  fks-1: buy limit 0.1 BTC/USDT @ 59000: too dear",
    ),
    (
        OrdersPlanned(ts=NOW, orders=(an_order(status=OrderStatus.SUBMITTED, order_type=OrderType.MARKET),)),
        "planned  fks-1: buy market 0.1 BTC/USDT at worst 59000",
    ),
    (OrdersSent(ts=NOW, client_order_ids=("fks-1", "fks-2")), "sent  fks-1, fks-2"),
    (
        OrderMoved(ts=NOW, client_order_id="fks-1", status=OrderStatus.UNKNOWN, reason="no answer"),
        "unknown  fks-1: no answer",
    ),
    (CancelAsked(ts=NOW, client_order_id="fks-1"), "cancel asked  fks-1"),
    (ReportTaken(ts=NOW, report=a_report()), "told accepted  fks-1 (exchange id 9001), 0 of 0.1 filled"),
    (FillTaken(ts=NOW, fill=a_fill()), "fill 1  fks-1: buy 0.1 BTC/USDT at 60000, fee 0 USDT"),
    (BalancesTaken(ts=NOW, balances=the_balances(a_balance())), "balances  USDT 100000+0"),
    (
        TradingStateSet(ts=NOW, state=TradingState.HALTED, reason="enough"),
        "trading halted: enough",
    ),
    (
        TradingStateSet(ts=NOW, state=TradingState.HALTED, reason="enough", origin="key", flatten=True),
        "trading halted, to be flattened by key: enough",
    ),
    (
        OrdersPlanned(
            ts=NOW,
            orders=(an_order(status=OrderStatus.SUBMITTED),),
            origin="ticket",
            checks=(CheckMade(name="price band", passed=True), CheckMade(name="open orders", passed=True)),
        ),
        "planned by ticket  fks-1: buy limit 0.1 BTC/USDT @ 59000; 2 checks passed",
    ),
    (
        OrdersPlanned(
            ts=NOW,
            orders=(an_order(status=OrderStatus.DENIED),),
            checks=(CheckMade(name="open orders", passed=False, numbers={"limit": "5", "would be": "6"}),),
        ),
        "denied  fks-1: buy limit 0.1 BTC/USDT @ 59000; not passed: open orders (limit 5, would be 6)",
    ),
    (
        LimitSet(ts=NOW, name=LimitName.MAX_DAILY_LOSS, value=Decimal(500), origin="key"),
        "limit max daily loss: 500 by key",
    ),
    (
        LimitSet(ts=NOW, name=LimitName.INSTRUMENTS, instrument_ids=(BTC, ETH)),
        "limit instruments: BTC/USDT, ETH/USDT",
    ),
    (LimitSet(ts=NOW, name=LimitName.MAX_EXPOSURE), "limit max exposure: as the settings have it"),
    (
        EquityMarked(ts=NOW, currency="USDT", day_start=Decimal(1_000), peak=Decimal(1_200)),
        "equity counted from 1000 USDT when the day began, peak 1200 USDT",
    ),
    (
        DifferenceNoted(ts=NOW, kind="balance", subject="BTC", ours="1", theirs="2", explanation="a deposit"),
        "difference  balance BTC: 1 here, 2 there: a deposit",
    ),
    (Checkpoint(ts=NOW, orders=(an_order(),)), "checkpoint: 1 orders, 0 positions, 0 fills"),
)


def the_folders(tmp_path: Path) -> Folders:
    return user_folders({"FKS_HOME": str(tmp_path)})


def a_written(folders: Folders, count: int = 8) -> Path:
    """The journal of one account with some records."""
    folder = folders.of_mode(Mode.SIM) / "journal" / "binance-1"
    folder.mkdir(parents=True)

    async def write() -> None:
        async with a_journal(folder) as journal:
            for entry in some_entries(count):
                await journal.record(entry)

    anyio.run(write)
    return folder


def test_every_entry_has_words() -> None:
    assert {type(entry) for entry, _ in ONE_OF_EACH} == set(get_args(JournalEntry))


@pytest.mark.parametrize(("entry", "expected"), ONE_OF_EACH, ids=lambda each: type(each).__name__)
def test_an_entry_is_told_in_one_line(entry: JournalEntry, expected: str) -> None:
    assert words(entry) == expected


def test_the_last_records_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = the_folders(tmp_path)
    a_written(folders)
    assert journal_show.show(load_settings(), folders, 3, "", as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["6", "7", "8"]


def test_one_order_is_followed_through_all_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = the_folders(tmp_path)
    a_written(folders)
    assert journal_show.show(load_settings(), folders, 1, "fks-4", as_json=True) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["orders"][0]["client_order_id"] == "fks-4"


def test_a_whole_journal_is_verified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = the_folders(tmp_path)
    a_written(folders)
    assert journal_show.verify(folders) == 0
    assert "sim binance-1: whole, 8 records in 1 files" in capsys.readouterr().out


def test_a_damaged_journal_is_named_and_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = the_folders(tmp_path)
    (path,) = segments(a_written(folders))
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    assert journal_show.verify(folders) == 1
    told = capsys.readouterr().out
    assert "is damaged" in told
    assert "move" in told
    assert journal_show.show(load_settings(), folders, 50, "", as_json=False) == 1
    assert "is damaged" in capsys.readouterr().err
    assert path.read_bytes() == damaged


def test_no_journal_is_said_to_be_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = the_folders(tmp_path)
    assert journal_show.show(load_settings(), folders, 5, "", as_json=False) == 0
    assert journal_show.verify(folders) == 0
    assert capsys.readouterr().out.count("there is no journal") == 2
