"""The named choices of markets, and the file that remembers them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from fks_engine.api import Alert, AlertCondition, NoticeLevel, SaveWatchlist, Watchlist
from fks_engine.engine.memory import Memory, Remembered
from fks_engine.engine.watchlists import MOST_MARKETS, Watchlists
from fks_engine.model import InstrumentId, instrument_id

LISTED = frozenset(instrument_id("binance", f"A{number}/USDT") for number in range(500))
A, B, C = (instrument_id("binance", f"A{number}/USDT") for number in range(3))


class Lists:
    """Watchlists that count their changes."""

    def __init__(self, *lists: Watchlist) -> None:
        self.changes = 0
        self.watchlists = Watchlists(lists, (A, B), LISTED, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def save(self, name: str, *markets: InstrumentId) -> str:
        denied = self.watchlists.save(SaveWatchlist(name, markets))
        return denied.message if denied else ""


def test_the_settings_give_the_first_list_until_something_else_is_remembered() -> None:
    assert Lists().watchlists.all() == (Watchlist("Main", (A, B)),)
    assert Lists(Watchlist("Mine", (C,))).watchlists.all() == (Watchlist("Mine", (C,)),)


def test_markets_that_are_listed_no_more_are_left_out() -> None:
    gone = instrument_id("binance", "GONE/USDT")
    assert Lists(Watchlist("Mine", (gone, C)), Watchlist("Old", (gone,))).watchlists.all() == (Watchlist("Mine", (C,)),)


def test_every_market_of_every_list_is_watched_once() -> None:
    lists = Lists()
    assert lists.save("Two", B, C, C) == ""
    assert lists.watchlists.markets() == (A, B, C)
    assert lists.changes == 1


def test_a_list_that_cannot_be_is_refused_in_words() -> None:
    lists = Lists()
    assert "needs a name" in lists.save("  ", A)
    assert "needs a name" in lists.save("x" * 21, A)
    assert "empty" in lists.save("Two")
    assert "not listed: GONE/USDT" in lists.save("Two", instrument_id("binance", "GONE/USDT"))
    assert f"{MOST_MARKETS} markets" in lists.save("Two", *sorted(LISTED))
    assert lists.changes == 0


def test_the_last_list_stays() -> None:
    lists = Lists()
    denied = lists.watchlists.delete("Main")
    assert denied is not None
    assert "last" in denied.message
    lists.save("Two", C)
    assert lists.watchlists.delete("Main") is None
    assert [each.name for each in lists.watchlists.all()] == ["Two"]
    assert lists.watchlists.delete("Main") is not None


def test_what_was_chosen_is_read_back_by_the_next_engine(tmp_path: Path) -> None:
    told: list[str] = []
    memory = Memory(tmp_path / "new" / "desk.json", lambda level, title, message: told.append(message))
    assert memory.read() == Remembered()
    alert = Alert(
        number=3, instrument_id=A, condition=AlertCondition.ABOVE, level=Decimal("1.50"), set_price=None, set_ts=7
    )
    chosen = Remembered(watchlists=(Watchlist("Mine", (A, C)),), alerts=(alert,))
    memory.write(chosen)
    assert memory.read() == chosen
    assert told == []


def test_a_file_that_cannot_be_read_is_kept_aside_and_told(tmp_path: Path) -> None:
    told: list[tuple[NoticeLevel, str]] = []
    path = tmp_path / "desk.json"
    memory = Memory(path, lambda level, title, message: told.append((level, message)))
    for content in (b"{", b'{"version": 99}', b'{"watchlists": 5}', b"\xff\x00"):
        path.write_bytes(content)
        assert memory.read() == Remembered()
        assert path.with_suffix(".broken").read_bytes() == content
    assert [level for level, _ in told] == [NoticeLevel.WARNING] * 4


def test_a_folder_that_cannot_be_written_is_told_and_hurts_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "desk.new").mkdir()
    memory = Memory(tmp_path / "desk.json", lambda level, title, message: told.append(title))
    memory.write(Remembered())
    assert told == ["Not remembered"]
