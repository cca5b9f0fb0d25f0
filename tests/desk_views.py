"""Builders of what a desk sees: every argument has a default, so a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.api import (
    AccountView,
    Alert,
    AlertCondition,
    Balance,
    BalanceRow,
    Candle,
    Connection,
    DeskView,
    EngineView,
    Fill,
    FocusView,
    Instrument,
    InstrumentId,
    Level,
    Mode,
    Notice,
    NoticeLevel,
    Order,
    OrderStatus,
    OrderType,
    PositionRow,
    PositionSide,
    QuoteRow,
    RateBudgetView,
    Side,
    StageStatus,
    Timeframe,
    Trade,
    TradingState,
    Watchlist,
    instrument_id,
)

D = Decimal
SECOND = 1_000_000_000
NOW = 1_763_812_800 * SECOND
"""2025-11-22 12:00:00 UTC."""
BTC = instrument_id("binance", "BTC/USDT")
ETH = instrument_id("binance", "ETH/USDT")
SOL = instrument_id("binance", "SOL/USDT")
PEPE = instrument_id("binance", "PEPE/USDT")

_MARKETS = {
    BTC: (D("64000.00"), D("0.01"), D("0.00001")),
    ETH: (D("2500.00"), D("0.01"), D("0.0001")),
    SOL: (D("148.50"), D("0.01"), D("0.001")),
    PEPE: (D("0.00000812"), D("0.00000001"), D("1")),
}


def an_instrument(id: InstrumentId = BTC, **changes: object) -> Instrument:  # noqa: A002
    _, tick, step = _MARKETS.get(id, (D("1.00"), D("0.01"), D("0.001")))
    base, _, quote = id.partition(":")[2].partition("/")
    instrument = Instrument(
        id=id,
        base=base,
        quote=quote,
        tick_size=tick,
        step_size=step,
        min_quantity=step,
        max_quantity=D("9000"),
        min_notional=D("5"),
        max_market_quantity=D("100"),
        price_multiplier_up=D("5"),
        price_multiplier_down=D("0.2"),
        takes_order_lists=True,
    )
    return replace(instrument, **changes)  # type: ignore[arg-type]


def a_quote_row(id: InstrumentId = BTC, mid: Decimal | None = None, **changes: object) -> QuoteRow:  # noqa: A002
    price, tick, _ = _MARKETS.get(id, (D("1.00"), D("0.01"), D("0.001")))
    price = price if mid is None else mid
    row = QuoteRow(
        instrument_id=id,
        bid=price - tick,
        ask=price + tick,
        bid_size=D("1.25000"),
        ask_size=D("0.80000"),
        last=price,
        change=D("0.0123"),
        quote_volume=D("1234567890"),
        age_s=0.2,
        stale=False,
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def a_focus(id: InstrumentId = BTC, levels: int = 20, **changes: object) -> FocusView:  # noqa: A002
    price, tick, _ = _MARKETS.get(id, (D("1.00"), D("0.01"), D("0.001")))
    size = D("0.50000")
    focus = FocusView(
        instrument=an_instrument(id),
        timeframe=Timeframe.M1,
        bids=tuple(Level(price - tick * (i + 1), size + D(i) / 10) for i in range(levels)),
        asks=tuple(Level(price + tick * (i + 1), size + D(i) / 8) for i in range(levels)),
        book_update_id=1000,
        book_age_s=0.1,
        book_stale=False,
        trades=tuple(
            Trade(
                id,
                str(900 - i),
                price + tick * (i % 3 - 1),
                D("0.01200") + D(i) / 1000,
                Side.BUY if i % 2 else Side.SELL,
                NOW - i * SECOND,
                NOW - i * SECOND,
            )
            for i in range(40)
        ),
        candle=candles(id)[-1],
        own_bids={},
        own_asks={},
    )
    return replace(focus, **changes)  # type: ignore[arg-type]


def candles(id: InstrumentId = BTC, count: int = 120, timeframe: Timeframe = Timeframe.M1) -> tuple[Candle, ...]:  # noqa: A002
    """A quiet wave around the instrument's price, the last candle forming."""
    price = float(_MARKETS.get(id, (D("1.00"),))[0])
    step = timeframe.seconds * SECOND
    first = NOW - count * step
    out = []
    for i in range(count):
        wave = ((i * 37) % 23 - 11) / 11
        drift = ((i * 13) % 7 - 3) / 3
        start, end = price * (1 + wave * 0.001), price * (1 + (wave + drift) * 0.001)
        high, low = max(start, end) * 1.0005, min(start, end) * 0.9995
        out.append(Candle(id, timeframe, first + i * step, start, high, low, end, 10.0 + i % 5, i < count - 1, NOW))
    return tuple(out)


def an_order(number: int = 1, **changes: object) -> Order:
    order = Order(
        client_order_id=f"fks-{number:06d}",
        instrument_id=BTC,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        quantity=D("0.10000"),
        limit_price=D("63900.00"),
        status=OrderStatus.ACCEPTED,
        exchange_order_id=str(5000 + number),
        ts_created=NOW - number * SECOND,
        ts_submitted=NOW - number * SECOND,
        ts_updated=NOW - number * SECOND,
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def a_fill(number: int = 1, **changes: object) -> Fill:
    fill = Fill(
        instrument_id=BTC,
        trade_id=str(7000 + number),
        client_order_id=f"fks-{number:06d}",
        exchange_order_id=str(5000 + number),
        side=Side.BUY,
        price=D("64000.01"),
        quantity=D("0.10000"),
        fee=D("0.0001"),
        fee_asset="BTC",
        is_maker=False,
        ts_event=NOW - number * SECOND,
        ts_received=NOW - number * SECOND,
    )
    return replace(fill, **changes)  # type: ignore[arg-type]


def a_position(id: InstrumentId = BTC, **changes: object) -> PositionRow:  # noqa: A002
    row = PositionRow(
        instrument_id=id,
        side=PositionSide.LONG,
        quantity=D("0.09990"),
        average_price=D("64064.07"),
        mark=D("64100.00"),
        mark_stale=False,
        notional=D("6403.59"),
        realised=D("12.34"),
        unrealised=D("3.59"),
        fees=D("6.40"),
        external_quantity=D("0"),
        break_even=D("64128.20"),
        unrealised_fraction=D("0.00056"),
        day_profit=D("3.59"),
        total_profit=D("15.93"),
        exposure=D("0.0281"),
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def an_account(**changes: object) -> AccountView:
    account = AccountView(
        reporting_currency="USDT",
        equity=D("228015.93"),
        unpriced_assets=(),
        day_profit=D("15.93"),
        realised=D("12.34"),
        unrealised=D("3.59"),
        balances=(
            BalanceRow(Balance("USDT", D("93600.00"), D("0")), D("93600.00")),
            BalanceRow(Balance("BTC", D("2.09990"), D("0")), D("134603.59")),
        ),
        positions=(a_position(),),
        equity_curve=tuple((NOW - (60 - i) * SECOND, 228000.0 + (i * 7) % 19) for i in range(60)),
    )
    return replace(account, **changes)  # type: ignore[arg-type]


def an_engine(**changes: object) -> EngineView:
    engine = EngineView(
        pid=4242,
        version="0.1.0",
        mode=Mode.SIM,
        exchange="binance",
        read_only=False,
        started_ts=NOW - 600 * SECOND,
        trading_state=TradingState.ACTIVE,
        trading_state_reason="",
        connection=Connection.LIVE,
        detail="",
        oldest_data_age_s=0.4,
        clock_offset_ms=0.3,
        messages_per_s=812.0,
        order_round_trip_ms=4.2,
        budget=RateBudgetView(
            used=340, limit=6000, reserved=1500, orders_used=1, orders_limit=100, waiting=0, banned_for_s=None
        ),
        stages=(
            StageStatus("market", Connection.LIVE, "", 0.1, 0),
            StageStatus("account", Connection.LIVE, "", 3.0, 0),
        ),
        attached_desks=1,
    )
    return replace(engine, **changes)  # type: ignore[arg-type]


def a_view(**changes: object) -> DeskView:
    """A live desk: four markets, one working order, one fill, one position."""
    view = DeskView(
        number=1,
        ts=NOW,
        engine=an_engine(),
        quotes=tuple(a_quote_row(each) for each in _MARKETS),
        focus=a_focus(),
        working_orders=(an_order(2),),
        recent_orders=(
            an_order(1, status=OrderStatus.FILLED, filled_quantity=D("0.10000"), average_price=D("64000.01")),
        ),
        recent_fills=(a_fill(1),),
        account=an_account(),
        notices=(),
        missed_views=0,
        missed_notices=0,
        watchlists=(Watchlist("Main", tuple(_MARKETS)), Watchlist("Majors", (BTC, ETH))),
        alerts=(),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def an_empty_view() -> DeskView:
    """The first seconds: the engine is there, the exchange is not yet."""
    return a_view(
        engine=an_engine(
            connection=Connection.STARTING,
            detail="loading instruments",
            oldest_data_age_s=None,
            clock_offset_ms=None,
            messages_per_s=0.0,
            order_round_trip_ms=None,
            budget=None,
            stages=(StageStatus("market", Connection.STARTING, "loading instruments", None, 0),),
            orders_known=False,
        ),
        quotes=(),
        watchlists=(),
        focus=None,
        working_orders=(),
        recent_orders=(),
        recent_fills=(),
        account=an_account(
            equity=None, day_profit=None, realised=D(0), unrealised=D(0), balances=(), positions=(), equity_curve=()
        ),
    )


def a_stale_view() -> DeskView:
    """Connected, but the market has not moved for 42 seconds."""
    live = a_view()
    return replace(
        live,
        engine=replace(
            live.engine, connection=Connection.STALE, detail="no market data for 42 s", oldest_data_age_s=42.0
        ),
        quotes=tuple(replace(row, age_s=42.0, stale=True) for row in live.quotes),
        focus=a_focus(book_age_s=42.0, book_stale=True),
        account=an_account(positions=(a_position(mark_stale=True),)),
    )


def a_disconnected_view() -> DeskView:
    """The engine is gone; what is shown is old."""
    stale = a_stale_view()
    return replace(
        stale,
        engine=replace(
            stale.engine,
            connection=Connection.DISCONNECTED,
            detail="engine gone (pid 4242): reconnecting, try 3",
            is_gone=True,
        ),
    )


def a_notice(number: int = 1, **changes: object) -> Notice:
    notice = Notice(number, NoticeLevel.SUCCESS, "Filled", "BUY 0.10000 BTC/USDT at 64000.01", NOW)
    return replace(notice, **changes)  # type: ignore[arg-type]


def an_alert(number: int = 1, **changes: object) -> Alert:
    alert = Alert(
        number=number,
        instrument_id=BTC,
        condition=AlertCondition.ABOVE,
        level=D("65000"),
        set_price=D("64000.00"),
        set_ts=NOW - 600 * SECOND,
    )
    return replace(alert, **changes)  # type: ignore[arg-type]


def a_rate_limited_view() -> DeskView:
    """The exchange has told us to wait."""
    live = a_view()
    budget = RateBudgetView(
        used=6000, limit=6000, reserved=1500, orders_used=0, orders_limit=100, waiting=7, banned_for_s=42.0
    )
    detail = "the exchange asks us to wait 42 s"
    return replace(live, engine=replace(live.engine, connection=Connection.RATE_LIMITED, detail=detail, budget=budget))
