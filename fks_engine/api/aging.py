"""Pictures that grow old: ages counted on, and prices that nobody may take for live ones."""

from __future__ import annotations

from dataclasses import replace

from fks_engine.api.reconciliation import ReconciliationView
from fks_engine.api.views import DeskView

_SECOND = 1_000_000_000


def older(view: DeskView, seconds: float) -> DeskView:
    """`view` with the ages of its market and its audits `seconds` further on; what never came has none."""
    focus = view.focus
    return replace(
        view,
        engine=replace(view.engine, oldest_data_age_s=counted_on(view.engine.oldest_data_age_s, seconds)),
        quotes=tuple(replace(row, age_s=counted_on(row.age_s, seconds)) for row in view.quotes),
        focus=focus and replace(focus, book_age_s=counted_on(focus.book_age_s, seconds)),
        reconciliation=view.reconciliation and _audited_before(view.reconciliation, int(seconds * _SECOND)),
    )


def _audited_before(told: ReconciliationView, nanoseconds: int) -> ReconciliationView:
    """The audits that much longer before the picture's time, which stands still."""
    orders, balances = told.orders_audited_ts, told.balances_audited_ts
    return replace(
        told,
        orders_audited_ts=None if orders is None else orders - nanoseconds,
        balances_audited_ts=None if balances is None else balances - nanoseconds,
    )


def without_life(view: DeskView) -> DeskView:
    """`view` with every price marked as stale."""
    return replace(
        view,
        quotes=tuple(replace(row, stale=True) for row in view.quotes),
        focus=view.focus and replace(view.focus, book_stale=True),
        account=replace(view.account, positions=tuple(replace(row, mark_stale=True) for row in view.account.positions)),
    )


def counted_on(age_s: float | None, seconds: float) -> float | None:
    """An age `seconds` later; None where there is none."""
    return None if age_s is None else age_s + seconds
