"""The JSON of a fault plan, checked: which requests or messages are spoilt, how, how often and for how long.

A plan is `{"seed": 7, "faults": [{...}, ...]}`. Every fault has `scope` and `kind`; the rest is optional:

- `scope`: `rest` and `ws-api` (requests), `market` and `user` (messages to the client)
- `match`: a pattern with `*` for the path below /api/v3 (`order*`), the ws-api method (`order.place`), the stream
  (`btcusdt@depth*`) or the user event (`executionReport`); `*` unless given
- `method`: the HTTP method, scope `rest` only
- `where`: patterns of a request's parameters or a user event's fields: `{"symbol": "BTC*"}`, `{"x": "TRADE"}`
- `probability`: 0 to 1, thrown for each match; the throws of one stream or endpoint depend on `seed` alone
- `skip`: how many matches pass first; `count`: how often it strikes at most (`silence`: how many connections)
- `duration_s`: how long it stands after it was posted

Kinds for requests:

- `delay` (`delay_ms`: a number or [least, most])
- `timeout_before_execution` or `drop`: swallowed; the connection is held for `hold_s`
- `timeout_after_execution`: executed, and then by `answer`: `none` holds the connection for `hold_s`, `cut` closes it,
  `error` answers `code`, `status` and `text` (-1007 with 503 unless given)
- `error` (`code`, `status`, `text`, `retry_after_s`), `html` (`status` 403, 502, 504 ..., scope `rest`), `rate_limited`
  (429) and `banned` (418) with `retry_after_s`, `rejected_signature` (-1022), `clock_skew` (-1021)
- `disconnect`, `reset`: before execution; `malformed`: half an answer; `duplicate`: the answer twice, scope `ws-api`

Kinds for messages:

- `delay`, `drop`, `duplicate`, `reorder` (goes after the next `window` - 1), `disconnect`, `reset`, `malformed`
- `silence`: the connection stays open and is pinged, but nothing of what matches comes any more
- `slow_write` (`bytes_per_s`); `slow_read` for scopes `market` and `ws-api` (`delay_ms` before each frame of the
  client is read; `match` does not matter)
- scope `market`: `depth_gap` (a diff is skipped), `crossed_book`, `ghost_level` (a bid that no book has)
- scope `user`: `terminate` (eventStreamTerminated, or listenKeyExpired, instead of the event)
"""

from __future__ import annotations

from typing import Literal

import msgspec

Scope = Literal["rest", "ws-api", "market", "user"]
Kind = Literal[
    "delay",
    "drop",
    "duplicate",
    "reorder",
    "disconnect",
    "reset",
    "silence",
    "malformed",
    "slow_write",
    "slow_read",
    "depth_gap",
    "crossed_book",
    "ghost_level",
    "terminate",
    "timeout_before_execution",
    "timeout_after_execution",
    "error",
    "html",
    "rate_limited",
    "banned",
    "rejected_signature",
    "clock_skew",
]

_REQUEST_KINDS = frozenset(
    {"delay", "drop", "disconnect", "reset", "malformed", "timeout_before_execution", "timeout_after_execution",
     "error", "html", "rate_limited", "banned", "rejected_signature", "clock_skew"}
)  # fmt: skip
_MESSAGE_KINDS = frozenset(
    {"delay", "drop", "duplicate", "reorder", "disconnect", "reset", "silence", "malformed", "slow_write"}
)
KINDS: dict[str, frozenset[str]] = {
    "rest": _REQUEST_KINDS,
    "ws-api": (_REQUEST_KINDS - {"html"}) | {"duplicate", "slow_read"},
    "market": _MESSAGE_KINDS | {"slow_read", "depth_gap", "crossed_book", "ghost_level"},
    "user": _MESSAGE_KINDS | {"terminate"},
}
_NEEDED = {"delay": "delay_ms", "slow_read": "delay_ms", "slow_write": "bytes_per_s", "error": "code"}
LONGEST_MS = 600_000
MOST_FAULTS = 200


class PlanError(ValueError):
    """A plan that cannot be used; the text names the fault and the field."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fault; the module says what its fields mean."""

    scope: Scope
    kind: Kind
    match: str = "*"
    method: str | None = None
    where: dict[str, str] = {}
    probability: float = 1.0
    skip: int = 0
    count: int | None = None
    duration_s: float | None = None
    delay_ms: int | tuple[int, int] | None = None
    window: int = 2
    answer: Literal["none", "cut", "error"] = "none"
    hold_s: float = 60.0
    code: int | None = None
    status: int | None = None
    text: str | None = None
    retry_after_s: int | None = None
    bytes_per_s: int | None = None

    def delay_range_ms(self) -> tuple[int, int]:
        """The shortest and the longest delay."""
        given = self.delay_ms or 0
        return (given, given) if isinstance(given, int) else given

    def check(self) -> None:
        """Raise PlanError for fields that do not fit the scope or kind."""
        if self.kind not in KINDS[self.scope]:
            raise PlanError(f"kind {self.kind!r} is not for scope {self.scope!r}; it knows {sorted(KINDS[self.scope])}")
        needed = _NEEDED.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            raise PlanError(f"kind {self.kind!r} needs {needed!r}")
        if self.method is not None and self.scope != "rest":
            raise PlanError("'method' is for scope 'rest' only")
        if self.where and self.scope == "market":
            raise PlanError("'where' is not for scope 'market'")
        self._check_numbers()

    def _check_numbers(self) -> None:
        shortest, longest = self.delay_range_ms()
        for name, value, least, most in (
            ("probability", self.probability, 0, 1),
            ("skip", self.skip, 0, 10**9),
            ("count", 1 if self.count is None else self.count, 1, 10**9),
            ("duration_s", 0 if self.duration_s is None else self.duration_s, 0, 10**6),
            ("delay_ms", shortest, 0, longest),
            ("delay_ms", longest, shortest, LONGEST_MS),
            ("window", self.window, 2, 100),
            ("hold_s", self.hold_s, 0, LONGEST_MS / 1_000),
            ("status", 400 if self.status is None else self.status, 400, 599),
            ("retry_after_s", self.retry_after_s or 0, 0, 10**6),
            ("bytes_per_s", 1 if self.bytes_per_s is None else self.bytes_per_s, 1, 10**9),
        ):
            if not least <= value <= most:
                raise PlanError(f"{name!r} must be {least:g} to {most:g}, not {value:g}")


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Faults and the seed that decides when they strike."""

    faults: list[Fault]
    seed: int = 1


def read_plan(data: bytes | str) -> Plan:
    """The plan of a JSON text; raises PlanError saying what is wrong with it."""
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except msgspec.MsgspecError as error:
        raise PlanError(str(error)) from None
    if not 1 <= len(plan.faults) <= MOST_FAULTS:
        raise PlanError(f"'faults' must hold 1 to {MOST_FAULTS} faults")
    for number, fault in enumerate(plan.faults):
        try:
            fault.check()
        except PlanError as error:
            raise PlanError(f"fault {number}: {error}") from None
    return plan
