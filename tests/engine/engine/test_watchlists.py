"""The named choices of markets, and the file that remembers them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from fks_engine.api import (
    AddToWatchlist,
    Alert,
    AlertCondition,
    DeleteWatchlist,
    DropFromWatchlist,
    MakeWatchlist,
    MoveInWatchlist,
    NoticeLevel,
    RenameWatchlist,
    Watchlist,
    WatchlistCommand,
)
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

    def make(self, name: str, *markets: InstrumentId) -> str:
        return self.change(MakeWatchlist(name, markets))

    def change(self, wanted: WatchlistCommand) -> str:
        denied = self.watchlists.change(wanted)
        return denied.message if denied else ""

    @property
    def by_name(self) -> dict[str, tuple[InstrumentId, ...]]:
        return {each.name: each.instrument_ids for each in self.watchlists.all()}


def test_the_settings_give_the_first_list_until_something_else_is_remembered() -> None:
    assert Lists().watchlists.all() == (Watchlist("Main", (A, B)),)
    assert Lists(Watchlist("Mine", (C,))).watchlists.all() == (Watchlist("Mine", (C,)),)


def test_markets_that_are_listed_no_more_are_left_out() -> None:
    gone = instrument_id("binance", "GONE/USDT")
    assert Lists(Watchlist("Mine", (gone, C)), Watchlist("Old", (gone,))).watchlists.all() == (Watchlist("Mine", (C,)),)


def test_every_market_of_every_list_is_watched_once() -> None:
    lists = Lists()
    assert lists.make("Two", B, C, C) == ""
    assert lists.watchlists.markets() == (A, B, C)
    assert lists.changes == 1


def test_a_list_that_cannot_be_is_refused_in_words() -> None:
    lists = Lists()
    assert "needs a name" in lists.make("  ", A)
    assert "needs a name" in lists.make("x" * 21, A)
    assert "empty" in lists.make("Two")
    assert "not listed: GONE/USDT" in lists.make("Two", instrument_id("binance", "GONE/USDT"))
    assert f"{MOST_MARKETS} markets" in lists.make("Two", *sorted(LISTED))
    assert "there is a watchlist Main" in lists.make("Main", C)
    assert "no watchlist 'None'" in lists.change(AddToWatchlist("None", C))
    assert lists.changes == 0


def test_two_desks_that_add_to_one_list_both_find_their_market_on_it() -> None:
    lists = Lists()
    assert lists.change(AddToWatchlist("Main", C)) == ""
    other = instrument_id("binance", "A7/USDT")
    assert lists.change(AddToWatchlist("Main", other)) == ""
    assert lists.change(AddToWatchlist("Main", C)) == ""
    assert lists.by_name == {"Main": (A, B, C, other)}
    assert lists.changes == 2
    assert "not listed" in lists.change(AddToWatchlist("Main", instrument_id("binance", "GONE/USDT")))


def test_a_market_is_dropped_once_and_the_last_one_stays() -> None:
    lists = Lists()
    assert lists.change(DropFromWatchlist("Main", A)) == ""
    assert lists.change(DropFromWatchlist("Main", A)) == ""
    assert lists.changes == 1
    assert "A1/USDT is the last market of Main" in lists.change(DropFromWatchlist("Main", B))
    assert lists.by_name == {"Main": (B,)}


def test_each_move_counts_from_where_the_market_is_by_then() -> None:
    lists = Lists(Watchlist("Main", (A, B, C)))
    for _ in range(2):
        assert lists.change(MoveInWatchlist("Main", A, 1)) == ""
    assert lists.by_name == {"Main": (B, C, A)}
    assert lists.change(MoveInWatchlist("Main", A, 1)) == ""
    assert lists.changes == 2
    lists.change(DropFromWatchlist("Main", A))
    assert "not on Main any more" in lists.change(MoveInWatchlist("Main", A, -1))


def test_a_new_name_keeps_the_place_and_takes_none_that_is_there() -> None:
    lists = Lists(Watchlist("One", (A,)), Watchlist("Two", (B,)))
    assert lists.change(RenameWatchlist("One", "  My  list ")) == ""
    assert [*lists.by_name.items()] == [("My list", (A,)), ("Two", (B,))]
    assert "there is a watchlist Two" in lists.change(RenameWatchlist("My list", "Two"))
    assert "needs a name" in lists.change(RenameWatchlist("Two", "x" * 21))
    assert "no watchlist 'One'" in lists.change(RenameWatchlist("One", "Three"))
    assert lists.change(RenameWatchlist("Two", "Two")) == ""
    assert lists.changes == 1


def test_the_last_list_stays() -> None:
    lists = Lists()
    assert "last" in lists.change(DeleteWatchlist("Main"))
    lists.make("Two", C)
    assert lists.change(DeleteWatchlist("Main")) == ""
    assert [*lists.by_name] == ["Two"]
    assert "no watchlist" in lists.change(DeleteWatchlist("Main"))


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
    memory = Memory(path, lambda level, title, message: told.append((level, f"{title}: {message}")))
    for content in (b"{", b'{"version": 99}', b'{"watchlists": 5}', b"\xff\x00"):
        path.write_bytes(content)
        assert memory.read() == Remembered()
        assert path.with_suffix(".broken").read_bytes() == content
    assert [level for level, _ in told] == [NoticeLevel.WARNING] * 4
    assert all("Watchlists and alerts not read" in text and "every alert is gone" in text for _, text in told)


def test_a_folder_that_cannot_be_written_is_told_and_hurts_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "desk.new").mkdir()
    memory = Memory(tmp_path / "desk.json", lambda level, title, message: told.append(title))
    memory.write(Remembered())
    assert told == ["Not remembered"]
