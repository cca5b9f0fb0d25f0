"""The two lines over the ladder: the market and its state, or that one press sends; and the sizes on keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_tui import formatting
from fks_tui.actions.ladder import LET_GO
from fks_tui.widgets.line_pane import Line, LinePane, Span, headed, width_of

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFacts:
    """What the head says."""

    market: str
    wanted: str = ""
    """The market that was asked for and has not come yet."""
    state: str = ""
    """Why nothing can be sent now; empty while all is well."""
    age_s: float | None = None
    ticks: int | None = None
    """How many ticks a line takes together; None while there is no ladder."""
    centres_itself: bool = True
    cursor_out_of_sight: Decimal | None = None
    armed_s: int | None = None
    """Seconds until one-press mode ends by itself; None while it is off."""
    sizes: tuple[str, ...] = ()
    chosen: int = 0
    quantity: str = ""
    """What the chosen size is at the cursor's price."""
    post_only: bool = False


class LadderHead(LinePane):
    """While armed the whole first line is an alarm, in words as well as in colour."""

    STYLE_PREFIX = "head"
    COMPONENT_CLASSES = {
        "head--head",
        "head--armed",
        "head--title",
        "head--strong",
        "head--muted",
        "head--stale",
        "head--chosen",
        "head--on",
    }

    def __init__(self) -> None:
        super().__init__()
        self._facts = HeadFacts(market="")

    def show(self, facts: HeadFacts) -> None:
        """Say how things stand."""
        self._facts = facts
        self.relay()

    def relay(self) -> None:
        """Write both lines for the width."""
        width = self.size.width
        if width:
            facts = self._facts
            first = _armed(facts, width) if facts.armed_s is not None else _market(facts, width)
            self.paint([first, _sizes(facts, width)])


def _armed(facts: HeadFacts, width: int) -> Line:
    """One press sends: where, how much, and for how long yet."""
    size = facts.sizes[facts.chosen] if facts.sizes else ""
    seconds = f"{facts.armed_s} s left  {LET_GO.keys.split()[0]} disarms"
    left, right = "", ""
    for left, right in (
        (f" ▶▶ ARMED  one press sends  {facts.market}  size {size}", f"{seconds}  ARMED ◀◀ "),
        (f" ▶▶ ARMED  one press sends  {facts.market}  size {size}", f"{seconds} ◀◀ "),
        (f" ▶▶ ARMED  {facts.market}  {size}", f"{seconds} ◀◀ "),
    ):
        if len(left) + len(right) + 1 < width:
            break
    text = left + " " * max(1, width - len(left) - len(right)) + right
    return Line(((text[:width], "armed"),), "armed")


def _market(facts: HeadFacts, width: int) -> Line:
    """The market, how prices are taken together, and the age or state of what is shown."""
    left: list[Span] = [(" LADDER ", "title"), (f" {facts.market}", "strong")]
    if facts.wanted:
        left.append((f" → {facts.wanted} …", "stale"))
    if facts.ticks is not None:
        ticks = "1 tick" if facts.ticks == 1 else f"{facts.ticks} ticks"
        left.append((f"  {ticks} a line", "muted"))
    if not facts.centres_itself:
        left.append(("  window fixed", "muted"))
    if facts.cursor_out_of_sight is not None:
        left.append((f"  cursor {facts.cursor_out_of_sight:f} out of sight", "stale"))
    age = formatting.age(facts.age_s)
    right: list[Span] = [(age, "muted")]
    if facts.state:
        right = [(f"!{facts.state}" if facts.age_s is None else f"!{age} {facts.state}", "stale")]
    room = max(0, width - width_of(left) - 3)
    if width_of(right) > room:
        right = [(right[0][0][:room], right[0][1])] if facts.state else [(age, "muted")]
    return headed(width, left, right)


def _sizes(facts: HeadFacts, width: int) -> Line:
    """The five sizes, the chosen one in brackets, what it comes to, and the flag that orders take along."""
    spans: list[Span] = [(" ", "")]
    for number, size in enumerate(facts.sizes):
        chosen = number == facts.chosen
        text = f"{number + 1} {size}"
        spans.append((f"[{text}]", "chosen") if chosen else (f" {text} ", "muted"))
    post_only: Span = (" POST-ONLY ON ", "on") if facts.post_only else (" post-only off", "muted")
    if facts.quantity and width_of(spans) + len(facts.quantity) + 4 + len(post_only[0]) <= width:
        spans.append((f"  = {facts.quantity}", ""))
    room = width - width_of(spans) - len(post_only[0]) - 1
    return Line((*spans, (" " * max(1, room), ""), post_only))
