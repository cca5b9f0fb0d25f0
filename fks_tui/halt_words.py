"""A halt in words: who, when and why, its stages, what it waits for, and what flattening would sell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from fks_engine.api import HaltStage, TradingState, market_of
from fks_tui.closing import is_open, why_not
from fks_tui.formatting import clock_time, money, printable, quantity, sentence

if TYPE_CHECKING:
    from fks_engine.api import DeskView, HaltView

COMMAND: Final = "fks halt"
"""Works in another terminal where no desk is heard."""
_MEANINGS: Final = {
    HaltStage.LATCHED: "no order of ours leaves any more",
    HaltStage.CANCELING: "every order of ours is canceled",
    HaltStage.VERIFYING: "the exchange is asked what is open",
    HaltStage.FLATTENING: "what is held is sold",
    HaltStage.DONE: "nothing of ours is open",
}


def halt_of(view: DeskView) -> HaltView | None:
    """The halt that the picture tells of."""
    return None if view.risk is None else view.risk.halt


def is_halted(view: DeskView) -> bool:
    """Whether the picture says that trading is halted."""
    return halt_of(view) is not None or view.engine.trading_state is TradingState.HALTED


def headline(view: DeskView) -> Content:
    """`■ HALTED at 12:00:00 UTC by fks halt: daily loss`."""
    halt = halt_of(view)
    mark = (" ■ HALTED ", "bold $alarm-text on $alarm")
    if halt is None:
        return Content.assemble(mark, f" {printable(view.engine.trading_state_reason)}")
    why = f": {halt.reason}" if halt.reason else ""
    return Content.assemble(mark, printable(f" at {clock_time(halt.since_ts)} UTC by {halt.origin or 'nobody'}{why}"))


def stage_lines(halt: HaltView) -> list[Content]:
    """Each stage, marked as over, now or to come, with what it means."""
    stages = [stage for stage in HaltStage if halt.flatten or stage is not HaltStage.FLATTENING]
    now = stages.index(halt.stage) if halt.stage in stages else 0
    lines = []
    for place, stage in enumerate(stages):
        over = place < now or halt.stage is HaltStage.DONE
        mark, tone = ("✓", "$buy") if over else ("▸", "bold $warning") if place == now else ("·", "$muted")
        lines.append(Content.assemble((f"{mark} {stage.value:<12}", tone), (_meaning(stage, halt), "$muted")))
    return lines


def _meaning(stage: HaltStage, halt: HaltView) -> str:
    if stage is HaltStage.DONE and halt.verified_ts is not None:
        held = ", no position is left" if halt.flatten else ""
        return f"verified at {clock_time(halt.verified_ts)} UTC: nothing of ours is open{held}"
    return _MEANINGS[stage]


def progress_lines(halt: HaltView) -> list[Content]:
    """How many orders are left, when that was last verified, and what happens now or is waited for."""
    left = "not known yet" if halt.open_orders is None else str(halt.open_orders)
    verified = "not yet" if halt.verified_ts is None else f"{clock_time(halt.verified_ts)} UTC"
    tone = "bold" if halt.open_orders == 0 else "bold $warning"
    return [
        Content.assemble(("orders left ", "$muted"), (left, tone), ("   verified ", "$muted"), verified),
        Content.assemble(("now ", "$muted"), printable(halt.detail) or "–"),
    ]


def short(halt: HaltView) -> str:
    """`canceling, 3 orders left`."""
    if halt.stage is HaltStage.DONE or not halt.open_orders:
        return halt.stage.value
    return f"{halt.stage.value}, {halt.open_orders} order{'s' * (halt.open_orders != 1)} left"


def unreached_lines(why: str, tries: int) -> list[Content]:
    """That the engine does not answer, and what else stops the trading."""
    tried = "once" if tries == 1 else f"{tries} times"
    return [
        Content.assemble((" ✖ THE ENGINE DOES NOT ANSWER ", "bold $alarm-text on $alarm"), f" asked {tried}"),
        Content(printable(sentence(why))),
        Content.assemble("Orders may work still. In another terminal: ", (COMMAND, "bold")),
    ]


def held_lines(view: DeskView) -> list[str]:
    """What flattening would sell, market by market, and what it would not."""
    lines = []
    for row in view.account.positions:
        market = market_of(row.instrument_id)
        if is_open(row):
            worth = "" if row.notional is None else f", about {money(row.notional)}"
            base = market.partition("/")[0]
            lines.append(f"{market}: sell {quantity(row.quantity)} {base} at market within the slippage cap{worth}")
        elif row.quantity:
            lines.append(f"{market}: stays, {why_not(row)}")
    return lines
