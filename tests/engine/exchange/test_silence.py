"""A silent stream told from a quiet market, with a clock that the test turns."""

from __future__ import annotations

from fks_engine.clock import ManualClock
from fks_engine.exchange.silence import MOST_TRIES, Remedy, Renewals, SilenceWatch


class Case:
    """Two markets, suspected after five seconds, certain two seconds after the exchange had news."""

    def __init__(self, *names: str) -> None:
        self.clock = ManualClock()
        self.watch = SilenceWatch(names or ("BTC", "ETH"), self.clock, 5.0, 2.0)

    def hear(self, *names: str) -> None:
        self.watch.fresh.update(names)
        self.watch.settle()

    def passes(self, seconds: float, *, heard: tuple[str, ...] = ()) -> None:
        self.clock.advance(seconds)
        self.hear(*heard)


def test_only_a_market_that_says_nothing_is_asked_about() -> None:
    case = Case()
    case.passes(4.9)
    assert case.watch.suspects(10) == []
    case.passes(0.2, heard=("ETH",))
    assert case.watch.suspects(10) == ["BTC"]


def test_a_quiet_market_is_never_silent() -> None:
    case = Case()
    for _ in range(100):
        case.passes(5.0, heard=("ETH",))
        assert case.watch.suspects(10) == ["BTC"]
        case.watch.answered({"BTC": ("1", "2")})
        assert case.watch.silent() == []


def test_news_that_the_stream_does_not_tell_make_it_silent_after_a_moment() -> None:
    case = Case()
    case.passes(5.0, heard=("ETH",))
    case.watch.answered({"BTC": 1})
    case.passes(2.0, heard=("ETH",))
    assert case.watch.suspects(10) == ["BTC"]
    case.watch.answered({"BTC": 2})
    assert case.watch.silent() == []
    case.passes(2.0, heard=("ETH",))
    assert case.watch.silent() == ["BTC"]
    assert case.watch.silent() == [], "it is told once"


def test_news_that_come_on_the_stream_in_time_clear_it() -> None:
    case = Case()
    case.passes(5.0, heard=("ETH",))
    case.watch.answered({"BTC": 1})
    case.passes(2.0)
    case.watch.answered({"BTC": 2})
    case.watch.fresh.add("BTC")
    case.clock.advance(3.0)
    assert case.watch.silent() == []
    case.watch.settle()
    assert case.watch.silent() == []


def test_a_connection_without_a_word_is_silent_as_a_whole() -> None:
    case = Case("BTC", "ETH", "SOL")
    case.passes(5.0)
    case.watch.answered({"BTC": 1, "ETH": 1})
    case.passes(2.0)
    case.watch.answered({"BTC": 1, "ETH": 2})
    case.passes(2.0)
    assert case.watch.silent() == ["BTC", "ETH", "SOL"]


def test_all_get_their_turn_where_more_are_quiet_than_can_be_asked_about() -> None:
    case = Case(*(f"M{number}" for number in range(50)))
    asked: set[str] = set()
    for _ in range(5):
        case.passes(5.0)
        names = case.watch.suspects(20)
        asked |= set(names)
        case.watch.answered(dict.fromkeys(names, 1))
    assert len(asked) == 50


def test_what_was_given_up_is_left_alone_until_it_speaks() -> None:
    case = Case()
    case.watch.give_up(["BTC"])
    case.passes(5.0, heard=("ETH",))
    assert case.watch.suspects(10) == []
    case.hear("BTC")
    case.passes(5.0, heard=("ETH",))
    assert case.watch.suspects(10) == ["BTC"]


def test_tries_are_bounded_and_begin_anew_once_something_was_heard() -> None:
    renewals = Renewals()
    tried = [renewals.remedy(["BTC"]) for _ in range(MOST_TRIES + 2)]
    assert tried == [Remedy.SUBSCRIBE, Remedy.CONNECT, Remedy.SUBSCRIBE, Remedy.CONNECT, *[Remedy.NOTHING] * 2]
    renewals.heard(["BTC"])
    assert renewals.remedy(["BTC"]) is Remedy.SUBSCRIBE
