"""The older user data stream: listen keys that live for an hour, whose events are a stream like any other."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import errors
from fks_engine.simulator.weights import fixed_weight

if TYPE_CHECKING:
    from fks_engine.simulator.account import Account
    from fks_engine.simulator.exchange import Exchange, Reporter
    from fks_engine.simulator.handlers import Body, SignedHandler
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.weights import Weight

LENGTH = 48
"""Random bytes of a key; written as 64 characters."""
SWEEP_SECONDS = 1.0


class ListenKeys:
    """One listen key an account; the events of its owner go out as the stream of that name."""

    def __init__(self, exchange: Exchange, life_s: float) -> None:
        self._exchange = exchange
        self._life_ms = int(life_s * 1_000)
        self._owners: dict[str, str] = {}
        self._expires_ms: dict[str, int] = {}
        self._reporters: dict[str, Reporter] = {}

    def routes(self) -> list[tuple[str, str, Weight, SignedHandler]]:
        """Method, path below /api/v3, weight and handler; these need a key but no signature."""
        return [
            ("POST", "userDataStream", fixed_weight(2), self.start),
            ("PUT", "userDataStream", fixed_weight(2), self.keep_alive),
            ("DELETE", "userDataStream", fixed_weight(2), self.close),
        ]

    def exists(self, key: str) -> bool:
        """Whether it is a key that lives."""
        return key in self._owners

    def start(self, params: Params, account: Account) -> Body:
        """The account's key, for another hour."""
        params.done()
        key = next((known for known, owner in self._owners.items() if owner == account.owner), None)
        if key is None:
            key = secrets.token_urlsafe(LENGTH).replace("-", "0").replace("_", "1")
            self._open(key, account.owner)
        self._renew(key)
        return {"listenKey": key}

    def _open(self, key: str, owner: str) -> None:
        def reporter(event: dict[str, Any]) -> None:
            self._exchange.hub.publish_json(key, event)

        self._owners[key] = owner
        self._reporters[key] = reporter
        self._exchange.listen(owner, reporter)

    def _renew(self, key: str) -> None:
        self._expires_ms[key] = self._exchange.clock.now_ms() + self._life_ms

    def keep_alive(self, params: Params, account: Account) -> Body:
        """Another hour for the key."""
        self._renew(self._own(params, account))
        return {}

    def close(self, params: Params, account: Account) -> Body:
        """End the key."""
        self._end(self._own(params, account))
        return {}

    def _own(self, params: Params, account: Account) -> str:
        key = params.require("listenKey")
        params.done()
        if self._owners.get(key) != account.owner:
            raise errors.no_such_listen_key()
        return key

    def _end(self, key: str) -> None:
        event = {"e": "listenKeyExpired", "E": self._exchange.clock.now_ms(), "listenKey": key}
        self._exchange.hub.publish_json(key, event)
        self._exchange.unlisten(self._owners.pop(key), self._reporters.pop(key))
        del self._expires_ms[key]

    def expire(self) -> None:
        """End the keys that nobody kept alive."""
        now_ms = self._exchange.clock.now_ms()
        for key in [key for key, until_ms in self._expires_ms.items() if now_ms >= until_ms]:
            self._end(key)

    def terminate(self) -> int:
        """End every key at once; how many there were."""
        keys = list(self._owners)
        for key in keys:
            self._end(key)
        return len(keys)

    async def run(self) -> None:
        """End keys as their hour passes, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.expire()
