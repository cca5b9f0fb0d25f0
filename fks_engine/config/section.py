"""A table of fks.toml, and the kinds of values that several tables hold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_MARKET = re.compile(r"[A-Z0-9]{1,20}/[A-Z0-9]{1,20}")


def uppered(value: object) -> object:
    """A word in capitals, whatever it was typed in."""
    return value.strip().upper() if isinstance(value, str) else value


def listed(value: object) -> object:
    """A list as it is, or as a variable holds it: `BTC/USDT,ETH/USDT`."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _each_a_market(value: tuple[str, ...]) -> tuple[str, ...]:
    for market in value:
        if not _MARKET.fullmatch(market):
            raise ValueError(f"write each market as BASE/QUOTE, like BTC/USDT; {market[:40]!r} is none")
    if len(set(value)) != len(value):
        raise ValueError("each market may stand in the list once")
    return value


Positive = Annotated[Decimal, Field(gt=0)]
Asset = Annotated[str, BeforeValidator(uppered), Field(pattern=r"^[A-Z0-9]{1,20}$")]
Market = Annotated[str, BeforeValidator(uppered)]
Markets = Annotated[tuple[Market, ...], BeforeValidator(listed), AfterValidator(_each_a_market)]


class Section(BaseModel):
    """One table of fks.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)
