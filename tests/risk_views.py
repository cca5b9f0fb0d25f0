"""Builders of what a desk sees of limits, of a halt and of the reconciliation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.api import (
    Difference,
    DifferenceKind,
    HaltStage,
    HaltView,
    LimitChange,
    LimitName,
    LimitRow,
    ReconciliationStep,
    ReconciliationView,
    RiskView,
    StepState,
)
from tests.desk_views import BTC, ETH, NOW, SECOND

D = Decimal


def a_limit_row(name: LimitName = LimitName.MAX_ORDER_NOTIONAL, **changes: object) -> LimitRow:
    row = LimitRow(
        name=name,
        limit=D("25000"),
        setting=D("50000"),
        at_run_time=D("25000"),
        used=D("6390"),
        unit="USDT",
        subject="BTC/USDT",
    )
    return replace(row, **changes)  # type: ignore[arg-type]


def a_free_row(name: LimitName, unit: str, used: str | None = None) -> LimitRow:
    """A limit that bounds nothing."""
    return LimitRow(
        name=name, limit=None, setting=None, at_run_time=None, used=None if used is None else D(used), unit=unit
    )


def a_risk_view(**changes: object) -> RiskView:
    """Every limit: one near, one free, the markets limited to two."""
    row = a_limit_row
    none: dict[str, object] = {"at_run_time": None, "subject": ""}
    risk = RiskView(
        rows=(
            row(),
            a_free_row(LimitName.MAX_ORDER_QUANTITY, "base units", "0.1"),
            row(
                LimitName.MAX_INSTRUMENT_NOTIONAL,
                limit=D(150000),
                setting=D(150000),
                used=D("140993.59"),
                at_run_time=None,
            ),
            row(LimitName.MAX_EXPOSURE, limit=D(200000), setting=D(200000), used=D("134603.59"), **none),
            row(LimitName.MAX_OPEN_ORDERS, limit=D(40), setting=D(40), used=D(1), unit="orders", **none),
            row(LimitName.MAX_ORDERS_PER_SECOND, limit=D(5), setting=D(5), used=D(0), unit="orders/s", **none),
            row(LimitName.MAX_DAILY_LOSS, limit=D(2000), setting=D(2000), used=D(0), **none),
            row(LimitName.MAX_DRAWDOWN_PERCENT, limit=D(5), setting=D(5), used=D("0.4"), unit="%", **none),
            row(LimitName.PRICE_BAND_PERCENT, limit=D(10), setting=D(10), used=None, unit="%", **none),
            row(LimitName.MAX_SLIPPAGE_PERCENT, limit=D("0.5"), setting=D("0.5"), used=None, unit="%", **none),
            row(LimitName.MAX_DATA_AGE_S, limit=D(5), setting=D(5), used=D("0.4"), unit="s", at_run_time=None),
            row(
                LimitName.INSTRUMENTS,
                limit=D(2),
                setting=None,
                at_run_time=D(2),
                used=None,
                unit="markets",
                subject="",
                instrument_ids=(BTC, ETH),
            ),
        ),
        changes=(
            LimitChange(
                ts=NOW - 60 * SECOND,
                name=LimitName.INSTRUMENTS,
                before="none",
                after="BTC/USDT, ETH/USDT",
                origin="fks risk",
            ),
            LimitChange(
                ts=NOW - 600 * SECOND,
                name=LimitName.MAX_ORDER_NOTIONAL,
                before="none",
                after="25000",
                origin="Risk screen",
            ),
        ),
        day_start_equity=D("228000.00"),
        peak_equity=D("228931.55"),
    )
    return replace(risk, **changes)  # type: ignore[arg-type]


def a_halt(**changes: object) -> HaltView:
    """A halt that is canceling, three orders left."""
    halt = HaltView(
        since_ts=NOW - 2 * SECOND,
        origin="a desk",
        reason="by hand",
        stage=HaltStage.CANCELING,
        detail="canceling 3 orders",
        flatten=False,
        open_orders=3,
    )
    return replace(halt, **changes)  # type: ignore[arg-type]


def a_done_halt(**changes: object) -> HaltView:
    """A halt that is verified."""
    done: dict[str, object] = {"stage": HaltStage.DONE, "open_orders": 0, "verified_ts": NOW, "detail": "all is done"}
    return a_halt(**{**done, **changes})


def a_difference(number: int = 1, **changes: object) -> Difference:
    difference = Difference(
        number=number,
        ts=NOW - 30 * SECOND,
        kind=DifferenceKind.FILL,
        subject="BTC/USDT",
        ours="2 fills of fks-000002",
        theirs="3 fills of fks-000002",
        explanation="the stream lost one; it was booked",
    )
    return replace(difference, **changes)  # type: ignore[arg-type]


def a_stop(number: int = 9, **changes: object) -> Difference:
    """A difference that keeps the gate shut."""
    told: dict[str, object] = {
        "kind": DifferenceKind.BALANCE,
        "subject": "BTC",
        "ours": "2.09990",
        "theirs": "1.59990",
        "explanation": "",
        "remedy": "look at the account's withdrawals; accept it if they explain 0.5 BTC",
    }
    return a_difference(number, **{**told, **changes})


_STEPS = (
    ("journal", "1,204 records replayed"),
    ("balances", "4 assets read"),
    ("fills", "12 fetched, 1 was unknown"),
    ("orders", "3 of 3 asked for"),
    ("unresolved", "none"),
)


def a_reconciliation(at: int = 5, state: StepState = StepState.RUNNING, **changes: object) -> ReconciliationView:
    """The start's reconciliation with `at` steps done, the next one in `state`."""
    steps = tuple(
        ReconciliationStep(
            name=name,
            state=StepState.DONE if place < at else state if place == at else StepState.WAITING,
            detail=detail if place <= at else "",
        )
        for place, (name, detail) in enumerate(_STEPS)
    )
    view = ReconciliationView(steps=steps)
    if at >= len(_STEPS):
        view = replace(view, orders_audited_ts=NOW - 3 * SECOND, balances_audited_ts=NOW - 41 * SECOND)
    return replace(view, **changes)  # type: ignore[arg-type]
