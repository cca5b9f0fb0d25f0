"""Prices that are watched."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.api import Alert, AlertCondition, DenialReason, Denied, SetAlert
from fks_engine.clock import ManualClock
from fks_engine.model import instrument_id
from fks_engine.state.alerts import PriceAlerts, alert_words
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH_IN_BTC, a_quote
from tests.engine.still_market import StillMarket

ABOVE, BELOW, MOVES = AlertCondition.ABOVE, AlertCondition.BELOW, AlertCondition.MOVES


class Watch:
    """Alerts on a market that stands at 60,000.05."""

    def __init__(self) -> None:
        self.fired: list[Alert] = []
        self.changes = 0
        self.bus = Bus()
        self.market = StillMarket()
        self.alerts = PriceAlerts(self.market, ManualClock(), fired=self.fired.append, changed=self._changed)
        self.alerts.attach(self.bus)

    def _changed(self) -> None:
        self.changes += 1

    def set(self, condition: AlertCondition, level: str, instrument: str = "BTC/USDT") -> Denied | None:
        return self.alerts.set(SetAlert(instrument_id("binance", instrument), condition, Decimal(level)))

    def trade_at(self, bid: str, ask: str) -> None:
        self.bus.quotes.publish(a_quote(bid, ask))


def test_an_alert_speaks_once_when_the_price_is_reached_and_stays_as_a_record() -> None:
    watch = Watch()
    assert watch.set(ABOVE, "61000") is None
    watch.trade_at("60999.98", "61000.01")
    assert watch.fired == []
    watch.trade_at("61000.00", "61000.00")
    watch.trade_at("62000.00", "62000.00")
    assert [alert.fired_price for alert in watch.fired] == [Decimal("61000.00")]
    assert watch.alerts.all() == tuple(watch.fired)
    assert watch.alerts.markets() == frozenset()
    assert watch.changes == 2


def test_below_and_a_move_by_percent_either_way() -> None:
    watch = Watch()
    watch.set(BELOW, "59000")
    watch.set(MOVES, "2")
    watch.trade_at("58800.00", "58800.04")
    assert [alert_words(alert) for alert in watch.fired] == ["BTC/USDT below 59000", "BTC/USDT moves 2 %"]


def test_a_move_counts_from_the_first_price_where_there_was_none_at_the_beginning() -> None:
    watch = Watch()
    assert watch.set(MOVES, "1", "ETH/BTC") is None
    for price in ("0.05000", "0.05040", "0.05050"):
        watch.bus.quotes.publish(a_quote(price, price, instrument=ETH_IN_BTC))
    assert [alert.fired_price for alert in watch.fired] == [Decimal("0.05050")]


def test_a_market_with_one_side_says_nothing_of_its_price() -> None:
    watch = Watch()
    watch.set(BELOW, "59000")
    watch.trade_at("0", "58000.00")
    assert watch.fired == []


def test_what_holds_already_is_refused_with_the_price() -> None:
    denied = Watch().set(ABOVE, "50000")
    assert denied is not None
    assert denied.reason is DenialReason.INVALID_ALERT
    assert "60000.05" in denied.message


def test_nonsense_is_refused() -> None:
    watch = Watch()
    assert watch.set(ABOVE, "0") is not None
    assert watch.set(ABOVE, "-1") is not None
    assert watch.set(ABOVE, "NaN") is not None
    unknown = watch.set(ABOVE, "1", "NO/USDT")
    assert unknown is not None
    assert unknown.reason is DenialReason.UNKNOWN_INSTRUMENT
    assert watch.alerts.all() == ()


def test_a_removed_alert_is_silent_and_its_number_is_not_given_again() -> None:
    watch = Watch()
    watch.set(ABOVE, "61000")
    watch.set(ABOVE, "62000")
    assert watch.alerts.remove(1) is None
    assert watch.alerts.remove(1) is not None
    watch.trade_at("63000", "63000")
    assert [alert.number for alert in watch.fired] == [2]
    watch.set(ABOVE, "70000")
    assert [alert.number for alert in watch.alerts.all()] == [2, 3]


def test_alerts_of_an_earlier_engine_wait_on() -> None:
    before = Watch()
    before.set(ABOVE, "61000")
    after = Watch()
    after.alerts.restore(before.alerts.all())
    assert after.alerts.markets() == {BTC}
    after.trade_at("61000.00", "61000.02")
    assert len(after.fired) == 1


def test_an_alert_is_unheard_from_when_it_spoke_until_a_desk_says_that_it_told() -> None:
    watch = Watch()
    watch.set(ABOVE, "61000")
    watch.set(ABOVE, "62000")
    watch.trade_at("61500.00", "61500.00")
    assert [alert.is_unheard for alert in watch.alerts.all()] == [True, False]
    watch.alerts.hear((1, 2, 3))
    watch.alerts.hear((1,))
    assert [alert.is_unheard for alert in watch.alerts.all()] == [False, False]
    assert watch.changes == 4


def test_a_level_that_no_market_comes_to_is_refused_with_what_would_pass() -> None:
    watch = Watch()
    for condition, level, words in (
        (ABOVE, "9" * 40, "18 digits"),
        (BELOW, "59000.00000000000000000001", "18 digits"),
        (ABOVE, "60001000", "from 60.00005 to 60000050"),
        (BELOW, "1", "from 60.00005 to 60000050"),
        (MOVES, "1001", "1000 %"),
    ):
        denied = watch.set(condition, level)
        assert denied is not None
        assert words in denied.message
    assert watch.set(ABOVE, "60000000") is None
    assert watch.set(MOVES, "1E+3") is None
