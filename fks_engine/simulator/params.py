"""Request parameters read by name and checked as Binance checks them."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from fks_engine.simulator import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID = r"^[\.A-Z\:/a-z0-9_-]{1,36}$"
SYMBOL = r"^[A-Z0-9-_.]{1,20}$"
INTEGER = r"^[0-9]{1,20}$"
MOST = 2**63 - 1
ASSET_DECIMALS = 8

_PATTERNS = {text: re.compile(text.replace("$", r"\Z")) for text in (NUMBER, CLIENT_ID, SYMBOL, INTEGER)}
E = TypeVar("E", bound=StrEnum)


class Params:
    """The parameters of one request; those never read are refused by `done`."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._read: set[str] = set()

    def peek(self, name: str) -> str:
        """The raw value without reading it; empty when absent."""
        return self._values.get(name, "")

    def has(self, name: str) -> bool:
        """Whether it was sent."""
        return name in self._values

    def text(self, name: str) -> str | None:
        """An optional value; -1105 when sent empty."""
        self._read.add(name)
        value = self._values.get(name)
        if value is not None and not value:
            raise errors.empty(name)
        return value

    def require(self, name: str) -> str:
        """A mandatory value; -1102 without one."""
        self._read.add(name)
        value = self._values.get(name)
        if not value:
            raise errors.missing(name)
        return value

    def matching(self, name: str, pattern: str) -> str | None:
        """An optional value written as `pattern` allows, else -1100."""
        value = self.text(name)
        if value is not None and not _PATTERNS[pattern].match(value):
            raise errors.illegal(name, pattern)
        return value

    def number(self, name: str) -> Decimal | None:
        """An optional positive decimal; -1100 for anything else, -1111 beyond eight decimals, -1102 for zero."""
        value = self.matching(name, NUMBER)
        if value is None:
            return None

        decimals = value.partition(".")[2].rstrip("0")
        if len(decimals) > ASSET_DECIMALS:
            raise errors.precision(name)

        parsed = Decimal(value)
        if not parsed:
            raise errors.missing(name)
        return parsed

    def required_number(self, name: str) -> Decimal:
        """A mandatory positive decimal."""
        self.require(name)
        value = self.number(name)
        assert value is not None
        return value

    def integer(self, name: str) -> int | None:
        """An optional whole number of 64 bits."""
        value = self.matching(name, INTEGER)
        if value is None:
            return None

        parsed = int(value)
        if parsed > MOST:
            raise errors.illegal(name, INTEGER)
        return parsed

    def limit(self, default: int, most: int) -> int:
        """The `limit` parameter: at least 1, silently cut to `most`."""
        value = self.integer("limit")
        if value is None:
            return default
        if value == 0:
            raise errors.invalid_data("limit")
        return min(value, most)

    def choice(self, name: str, kind: type[E], refusal: errors.ApiError) -> E | None:
        """An optional member of `kind`; `refusal` for an unknown one."""
        value = self.text(name)
        if value is None:
            return None

        try:
            return kind(value)
        except ValueError:
            raise refusal from None

    def ignore(self, *names: str) -> None:
        """Accept parameters without using them."""
        self._read.update(names)

    def done(self) -> None:
        """Refuse parameters that nobody read (-1104)."""
        known = sum(1 for name in self._values if name in self._read)
        if known != len(self._values):
            raise errors.unread(known, len(self._values))
