"""The record of differences: told once, bounded, kept in the journal, accepted by number."""

from __future__ import annotations

from fks_engine.api import Accepted, Denied, DifferenceKind, NoticeLevel, StepState
from fks_engine.clock import ManualClock
from fks_engine.engine.reconciliation import KEPT, Reconciliation, Step
from fks_engine.model import DifferenceNoted, JournalEntry
from fks_engine.ports import Unkept


class Kept(Unkept):
    """A journal that is looked into."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []

    def note(self, *entries: JournalEntry) -> None:
        self.entries += entries


class Recording:
    """A record and all that it told."""

    def __init__(self) -> None:
        self.journal = Kept()
        self.notices: list[tuple[NoticeLevel, str, str]] = []
        self.record = Reconciliation(ManualClock(), self.journal, lambda *told: self.notices.append(told))

    def find(self, subject: str, *facts: object) -> None:
        self.record.found(DifferenceKind.FILL, subject, "not told", "1 fill", "found by asking", facts)


def test_each_fact_is_told_and_journaled_once() -> None:
    recording = Recording()
    recording.find("BTC/USDT", ("BTC", "1"))
    recording.find("BTC/USDT", ("BTC", "1"))
    recording.find("BTC/USDT", ("BTC", "1"), ("BTC", "2"))
    assert len(recording.record.view().differences) == 2
    assert len(recording.journal.entries) == 2


def test_the_last_ones_are_kept_newest_first_and_shown_after_a_restart() -> None:
    recording = Recording()
    for number in range(KEPT + 5):
        recording.find(f"market {number}", number)
    differences = recording.record.view().differences
    assert len(differences) == KEPT
    assert differences[0].subject == f"market {KEPT + 4}"
    again = Recording()
    again.record.restore(recording.journal.entries)
    assert [each.subject for each in again.record.view().differences] == [each.subject for each in differences]
    assert again.journal.entries == []


def test_what_stops_comes_first_keeps_its_number_and_goes_once_it_is_mended() -> None:
    recording = Recording()
    recording.record.stop_for([("BTC", "1", "2")])
    (stop,) = recording.record.stops
    recording.find("ETH/USDT")
    recording.record.stop_for([("BTC", "1", "2"), ("USDT", "5", "4")])
    assert [each.subject for each in recording.record.view().differences] == ["BTC", "USDT", "ETH/USDT"]
    assert recording.record.stops[0] == stop
    assert [title for _, title, _ in recording.notices] == ["Balance not explained"] * 2
    recording.record.stop_for([])
    assert recording.record.stops == ()


def test_accepting_is_journaled_and_all_or_nothing() -> None:
    recording = Recording()
    heard: list[str] = []
    recording.record.on_accepted = lambda stop: heard.append(stop.subject)
    recording.record.stop_for([("BTC", "1", "2"), ("USDT", "5", "4")])
    bitcoin, dollar = (each.number for each in recording.record.stops)
    for numbers in ((), (99,), (bitcoin, 99)):
        assert isinstance(recording.record.accept(numbers), Denied)
    assert len(recording.record.stops) == 2
    assert isinstance(recording.record.accept((bitcoin, bitcoin)), Accepted)
    assert isinstance(recording.record.accept((dollar,)), Accepted)
    assert heard == ["BTC", "USDT"]
    accepted = [entry for entry in recording.journal.entries if isinstance(entry, DifferenceNoted)]
    assert [(each.subject, each.ours, each.theirs) for each in accepted] == [("BTC", "1", "2"), ("USDT", "5", "4")]


def test_what_is_unresolved_is_told_while_orders_are_compared() -> None:
    record = Recording().record
    record.unresolved = lambda: 2
    assert record.view().steps[-1].state is StepState.WAITING
    record.step(Step.ORDERS, StepState.RUNNING, "")
    assert record.view().steps[-1].state is StepState.RUNNING
    assert record.view().steps[-1].detail.startswith("2 orders")
