"""The shapes of endpoints: what they take and what they answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fks_engine.simulator.account import Account
from fks_engine.simulator.params import Params

Body = bytes | dict[str, Any] | list[Any]
"""An answer: encoded already, or to be encoded as JSON."""
PublicHandler = Callable[[Params], Body | Awaitable[Body]]
SignedHandler = Callable[[Params, Account], Body]
