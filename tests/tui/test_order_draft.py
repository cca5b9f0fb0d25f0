"""An order as it is being typed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fks_engine.api import OrderType, Side, SubmitOrder, TimeInForce
from fks_tui.order_draft import Means, OrderDraft
from fks_tui.typed_numbers import Field, Problem, nudged, number_of
from tests.desk_views import BTC, PEPE, a_view, an_instrument

D = Decimal
TYPED = st.one_of(
    st.text(max_size=60),
    st.text("0123456789.,-+eE ", max_size=40),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.sampled_from(
        ["nan", "sNaN", "Infinity", "1e400", "-1", "12,5", "٣", "½", "1_000", "0x10", "..", "1.2.3", "\x1b[2J"]
    ),
)


def a_draft(**changes: object) -> OrderDraft:
    given_fields: dict[str, object] = {"instrument_id": BTC, "side": Side.BUY, "quantity": "0.1", "price": "64000"}
    return OrderDraft(**{**given_fields, **changes})  # type: ignore[arg-type]


def message_of(text: str) -> str:
    problem = number_of(text, Field.QUANTITY)
    assert isinstance(problem, Problem), text
    return problem.message


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0.1", "0.1"),
            (" 12.5 ", "12.5"),
            (".5", "0.5"),
            ("7.", "7"),
            ("000.10", "0.1"),
            ("999999999999", "999999999999"),
        ],
    )
    def test_a_plain_number_is_taken_exactly(self, text: str, number: str) -> None:
        assert number_of(text, Field.QUANTITY) == D(number)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "type a quantity"),
            ("12,5", "with a point and no commas"),
            ("64,000.01", "with a point and no commas"),
            ("-1", "without a sign"),
            ("+1", "without a sign"),
            ("1e400", "without an exponent"),
            ("1E-5", "without an exponent"),
            ("abc", "“abc” is not a number"),
            ("nan", "“nan” is not a number"),
            ("inf", "“inf” is not a number"),
            ("1.2.3", "is not a number"),
            (".", "is not a number"),
            ("٣", "is not a number"),
            ("0", "must be more than 0"),
            ("0.000", "must be more than 0"),
            ("1" * 13, "more than 12 digits"),
            ("0." + "1" * 13, "more than 12 digits"),
        ],
    )
    def test_a_bad_number_is_told_what_to_type_instead(self, text: str, words: str) -> None:
        assert words in message_of(text)

    def test_a_message_never_carries_what_a_terminal_would_act_upon(self) -> None:
        assert message_of("\x1b[2J").isprintable()

    @given(TYPED)
    def test_any_text_is_a_positive_number_or_a_problem(self, text: str) -> None:
        number = number_of(text, Field.PRICE)
        if isinstance(number, Decimal):
            assert number.is_finite()
            assert number > 0
            assert number == D(text.strip())


class TestDraft:
    def test_a_whole_draft_is_a_command(self) -> None:
        assert a_draft(post_only=True).command(an_instrument()) == SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=D("0.1"),
            limit_price=D("64000"),
            post_only=True,
            origin="ticket",
        )

    def test_a_market_order_forgets_price_duration_and_post_only(self) -> None:
        draft = a_draft(
            order_type=OrderType.MARKET, price="abc", time_in_force=TimeInForce.FOK, post_only=True, reduce_only=True
        )
        command = draft.command(an_instrument())
        assert isinstance(command, SubmitOrder)
        assert command.limit_price is None
        assert (command.time_in_force, command.post_only, command.reduce_only) == (TimeInForce.GTC, False, True)

    def test_numbers_go_to_the_steps_of_the_market(self) -> None:
        command = a_draft(quantity="0.123456789", price="64000.006").command(an_instrument())
        assert isinstance(command, SubmitOrder)
        assert (command.quantity, command.limit_price) == (D("0.12345"), D("64000.00"))

    def test_without_known_steps_the_numbers_stay_as_typed(self) -> None:
        command = a_draft(quantity="0.123456789").command(None)
        assert isinstance(command, SubmitOrder)
        assert command.quantity == D("0.123456789")

    def test_a_quantity_under_one_step_is_a_problem_that_names_the_step(self) -> None:
        (problem,) = a_draft(quantity="0.000001").problems(an_instrument())
        assert "0.00001" in problem.message

    def test_post_only_does_not_go_with_ioc(self) -> None:
        draft = a_draft(time_in_force=TimeInForce.IOC, post_only=True)
        assert draft.command(None) is None
        assert draft.problems(None)[0].field is Field.DURATION

    @given(quantity=TYPED, price=TYPED, kind=st.sampled_from(OrderType), known=st.booleans())
    def test_no_text_becomes_another_number_than_it_says(
        self, quantity: str, price: str, kind: OrderType, known: bool
    ) -> None:
        assume(not quantity.strip().startswith("$") and not quantity.strip().endswith("%"))
        instrument = an_instrument(PEPE) if known else None
        draft = a_draft(instrument_id=PEPE, quantity=quantity, price=price, stop=price, order_type=kind)
        command = draft.command(instrument)
        assert (command is None) == bool(draft.problems(instrument))
        if isinstance(command, SubmitOrder):
            step, tick = (instrument.step_size, instrument.tick_size) if instrument else (D(0), D(0))
            assert 0 <= D(quantity.strip()) - command.quantity <= step
            if command.limit_price is not None:
                assert 0 <= D(price.strip()) - command.limit_price <= tick, "a purchase pays no more than was typed"


class TestSizes:
    def test_a_share_bought_at_market_can_be_paid_at_the_cap(self) -> None:
        view = a_view()
        quote = next(row for row in view.quotes if row.instrument_id == BTC)
        assert quote.ask is not None
        free = next(row.balance.free for row in view.account.balances if row.balance.asset == "USDT")
        draft = a_draft(order_type=OrderType.MARKET, quantity="all", price="")
        means = Means(quote, view.account.balances, D(1))
        command = draft.command(an_instrument(), means)
        assert command is not None
        assert command.quantity * quote.ask * D("1.01") <= free


class TestNudging:
    @pytest.mark.parametrize(
        ("text", "steps", "moved"),
        [
            ("64000.00", 1, "64000.01"),
            ("64000.00", -10, "63999.90"),
            ("64000.005", 1, "64000.01"),
            ("64000.005", -1, "64000.00"),
            ("", 1, "0.01"),
            ("0", 10, "0.10"),
            ("0.05", -10, "0.01"),
            ("abc", 1, "abc"),
            ("-1", 1, "-1"),
        ],
    )
    def test_a_number_moves_along_the_grid_and_never_under_one_step(self, text: str, steps: int, moved: str) -> None:
        assert nudged(text, D("0.01"), steps) == moved

    @given(TYPED, st.sampled_from([D("0.01"), D("5"), D("1E-18"), D("1E-8")]), st.integers(-10, 10))
    def test_any_text_can_be_nudged(self, text: str, step: Decimal, steps: int) -> None:
        moved = nudged(text, step, steps)
        assert "E" not in moved or moved == text
