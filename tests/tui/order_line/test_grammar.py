"""The grammar of the order line, and that what is written is read again as the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import AlertCondition, Side, TimeInForce
from fks_tui.order_line.grammar import read_line
from fks_tui.order_line.lines import (
    AlertLine,
    Anchor,
    CancelLine,
    CloseLine,
    Distance,
    GoLine,
    Line,
    MoveLine,
    OrderLine,
    Price,
    Size,
    SizeKind,
    Unit,
    WatchLine,
)
from fks_tui.order_line.order_rules import check
from fks_tui.order_line.words import Doubt, Doubted, Words
from fks_tui.order_line.writing import written

D = Decimal


def an_order_line(**changes: object) -> OrderLine:
    said: dict[str, object] = {
        "side": Side.BUY,
        "size": Size(SizeKind.BASE, D("0.1")),
        "market": "BTC",
        "price": Price(D(64000)),
        **changes,
    }
    return OrderLine(**said)  # type: ignore[arg-type]


def doubt_of(text: str) -> Doubt:
    read = read_line(text)
    assert isinstance(read, Doubt), read
    return read


class TestOrders:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("buy 0.1 btc @ 64000", an_order_line()),
            ("BUY 0.1 Btc limit 64000", an_order_line()),
            ("b 0.1 btc at 64000 gtc", an_order_line(time_in_force=TimeInForce.GTC)),
            (
                "sell 50% eth market",
                OrderLine(side=Side.SELL, size=Size(SizeKind.PERCENT, D(50)), market="ETH", is_market=True),
            ),
            (
                "buy $500 sol @ -10bp po tp 2% sl 1%",
                an_order_line(
                    size=Size(SizeKind.QUOTE, D(500)),
                    market="SOL",
                    price=Price(offset=Distance(D(-10), Unit.BASIS_POINTS)),
                    post_only=True,
                    take_profit=Distance(D(2), Unit.PERCENT),
                    stop_loss=Distance(D(1), Unit.PERCENT),
                ),
            ),
            (
                "sell all doge @ ask",
                an_order_line(side=Side.SELL, size=Size(SizeKind.ALL), market="DOGE", price=Price(anchor=Anchor.ASK)),
            ),
            (
                "buy 500 usdt btc/usdt @bid+2t",
                an_order_line(
                    size=Size(SizeKind.QUOTE, D(500), "USDT"),
                    market="BTC/USDT",
                    price=Price(anchor=Anchor.BID, offset=Distance(D(2), Unit.TICKS)),
                ),
            ),
            ("buy po @ 64000 btc $500", an_order_line(size=Size(SizeKind.QUOTE, D(500)), post_only=True)),
            (
                "sell 0.1 btc stop 63000 limit 62900 reduce",
                an_order_line(
                    side=Side.SELL, price=None, stop=Price(D(63000)), stop_limit=Price(D(62900)), reduce_only=True
                ),
            ),
        ],
    )
    def test_an_order_is_read(self, text: str, line: OrderLine) -> None:
        assert read_line(text) == line

    def test_a_sale_with_both_exits_and_no_price_is_an_oco(self) -> None:
        line = read_line("sell 0.1 btc tp 66000 sl 62000 limit 61900")
        assert isinstance(line, OrderLine)
        assert (line.takes_oco, line.stop_loss_limit) == (True, Price(D(61900)))

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("cancel btc", CancelLine("btc")),
            ("cancel all", CancelLine()),
            ("cancel bids", CancelLine("", Side.BUY)),
            ("cancel asks btc", CancelLine("BTC", Side.SELL)),
            ("cancel fks-000002", CancelLine("fks-000002")),
            ("close all", CloseLine()),
            ("close btc", CloseLine("BTC")),
            ("move btc @ 64100", MoveLine("btc", Price(D(64100)))),
            ("watch eth/btc", WatchLine("ETH/BTC")),
            ("go sol", GoLine("SOL")),
            ("alert btc above 65000", AlertLine("BTC", AlertCondition.ABOVE, D(65000))),
            ("alert btc moves 2%", AlertLine("BTC", AlertCondition.MOVES, D(2))),
        ],
    )
    def test_the_other_verbs_are_read(self, text: str, line: Line) -> None:
        assert read_line(text) == line


class TestDoubts:
    def test_an_order_without_terms_asks_limit_or_market_and_is_never_taken_as_market(self) -> None:
        doubt = doubt_of("buy 0.1 btc")
        assert "limit or market?" in doubt.message
        assert doubt.choices == ("buy 0.1 btc @ bid", "buy 0.1 btc market")

    @pytest.mark.parametrize(
        ("text", "choices"),
        [
            ("buy 0.1 btc 64000", ("buy 0.1 btc @ 64000", "buy 64000 btc")),
            ("buy btc 64000", ("buy 64000 btc", "buy btc @ 64000")),
            ("sell $50 btc 64000 po", ("sell $50 btc @ 64000 po", "sell 64000 btc po")),
        ],
    )
    def test_a_bare_number_that_could_be_price_or_size_is_a_question(self, text: str, choices: tuple[str, ...]) -> None:
        doubt = doubt_of(text)
        assert "did you mean size 64000, or @ 64000?" in doubt.message
        assert text[doubt.start : doubt.end] == "64000"
        assert doubt.choices == choices

    @pytest.mark.parametrize(
        ("number", "meanings"),
        [("1,000", ["1", "1000"]), ("1.000", ["1", "1000"]), ("0,5", ["0.5"]), ("1.000.000", ["1000000"])],
    )
    def test_separators_that_could_mean_two_things_are_a_question(self, number: str, meanings: list[str]) -> None:
        doubt = doubt_of(f"buy {number} doge market")
        assert "thousands" in doubt.message
        assert list(doubt.choices) == [f"buy {each} doge market" for each in meanings]

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ("bye 1 btc", "bye", "not a verb"),
            ("buy 0.1 btc @ 64000 pp", "pp", "not a word of an order"),
            ("buy 0.1 btc @ 10bp", "10bp", "to which side?"),
            ("buy 0.1 btc @ -10", "-10", "of what?"),
            ("buy -1 btc market", "-1", "without a sign"),
            ("buy 101% btc market", "101%", "more than all there is"),
            ("buy 1e5 btc market", "1e5", ""),
            ("buy 1 btc po po @ 5", "po", "twice"),
            ("help me", "me", "one word too many"),
            ("alert btc moves 2", "2", "percentage"),
        ],
    )
    def test_a_doubt_says_what_and_where(self, text: str, place: str, words: str) -> None:
        doubt = doubt_of(text)
        assert words in doubt.message
        assert text[doubt.start : doubt.end] == place or not words

    @pytest.mark.parametrize(
        "text",
        [
            "buy 1 btc market @ 5",
            "buy 1 btc market po",
            "buy 1 btc market tp 2%",
            "buy 1 btc @ 5 po ioc",
            "buy 1 btc @ 5 ioc sl 1%",
            "buy 1 btc @ 5 stop 4",
            "buy 1 btc stop 5 sl 4",
            "sell 1 btc oco tp 5",
            "sell 1 btc oco tp 5 sl 4 @ 6",
            "buy 1 btc tp 2% sl 1%",
            "buy 1 btc @ 5 tp 6 limit 7",
        ],
    )
    def test_terms_that_do_not_go_together_are_refused(self, text: str) -> None:
        assert doubt_of(text).message


NUMBERS = st.decimals(min_value="0.00000001", max_value="999999999", places=8, allow_nan=False)
WHOLE = st.integers(1, 10_000).map(Decimal)
DISTANCES = st.one_of(
    st.builds(Distance, NUMBERS, st.sampled_from([Unit.BASIS_POINTS, Unit.PERCENT])),
    st.builds(Distance, WHOLE, st.just(Unit.TICKS)),
)
OFFSETS = st.builds(lambda each, sign: Distance(each.number * sign, each.unit), DISTANCES, st.sampled_from([1, -1]))
PRICES = st.one_of(
    st.builds(Price, NUMBERS),
    st.builds(Price, st.none(), st.sampled_from([Anchor.BID, Anchor.ASK, Anchor.MID, Anchor.LAST]), st.none()),
    st.builds(Price, st.none(), st.sampled_from(Anchor), OFFSETS),
)
SIZES = st.one_of(
    st.builds(Size, st.just(SizeKind.BASE), NUMBERS),
    st.builds(Size, st.just(SizeKind.QUOTE), NUMBERS, st.sampled_from(["", "USDT", "BTC"])),
    st.builds(Size, st.just(SizeKind.PERCENT), st.decimals("0.01", 100, places=2)),
    st.just(Size(SizeKind.ALL)),
)
MARKETS = st.sampled_from(["BTC", "BTC/USDT", "ETHBTC", "1INCH/USDT", "PEPE", "DOGE/USDC"])
MAYBE = st.none()
ORDERS = st.builds(
    OrderLine,
    side=st.sampled_from(Side),
    size=SIZES,
    market=MARKETS,
    price=MAYBE | PRICES,
    is_market=st.booleans(),
    stop=MAYBE | PRICES,
    take_profit=MAYBE | PRICES | DISTANCES,
    stop_loss=MAYBE | PRICES | DISTANCES,
    time_in_force=MAYBE | st.sampled_from(TimeInForce),
    post_only=st.booleans(),
    reduce_only=st.booleans(),
    is_oco=st.booleans(),
)
LINES = st.one_of(
    ORDERS,
    st.builds(CancelLine, st.sampled_from(["", "btc", "fks-0001"])),
    st.builds(CancelLine, st.sampled_from(["", "BTC"]), st.sampled_from(Side)),
    st.builds(CloseLine, st.sampled_from(["", "BTC"])),
    st.builds(MoveLine, st.sampled_from(["btc", "fks-0001"]), PRICES),
    st.builds(AlertLine, MARKETS, st.sampled_from(AlertCondition), NUMBERS),
    st.builds(WatchLine, MARKETS),
    st.builds(GoLine, MARKETS),
)
TYPED = st.one_of(
    st.text(max_size=220),
    st.lists(
        st.sampled_from(
            [
                "buy",
                "sell",
                "0.1",
                "1,000",
                "64000",
                "$500",
                "50%",
                "all",
                "btc",
                "eth/btc",
                "usdt",
                "@",
                "at",
                "bid",
                "-10bp",
                "+2t",
                "mkt",
                "market",
                "stop",
                "limit",
                "tp",
                "sl",
                "2%",
                "po",
                "ioc",
                "fok",
                "reduce",
                "oco",
                "cancel",
                "bids",
                "move",
                "close",
                "alert",
                "above",
                "moves",
                "watch",
                "go",
                "help",
                "\x1b[2J",
                "٣",
                "1e9",
                "-",
                "+",
                "$",
            ]
        ),
        max_size=12,
    ).map(" ".join),
)


class TestWriting:
    @given(LINES)
    def test_what_is_written_is_read_again_as_the_same(self, line: Line) -> None:
        if isinstance(line, OrderLine):
            try:
                check(Words(""), line)
            except Doubted:
                assert isinstance(read_line(written(line)), Doubt)
                return
        assert read_line(written(line)) == line

    @given(TYPED)
    def test_no_text_crashes_it_or_is_read_as_something_else_than_its_echo(self, text: str) -> None:
        read = read_line(text)
        if isinstance(read, Doubt):
            assert read.message.isprintable()
            assert 0 <= read.start <= read.end
        else:
            assert read_line(written(read)) == read

    @given(TYPED)
    def test_every_answer_to_a_question_is_another_line(self, text: str) -> None:
        read = read_line(text)
        if isinstance(read, Doubt):
            assert text not in read.choices
