"""Every endpoint with its weight, authority, order counts and statistics, for REST and the WebSocket API alike."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

from fks_engine.simulator import errors
from fks_engine.simulator.rest_public import PublicRest
from fks_engine.simulator.rest_trading import TradingRest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from fks_engine.simulator.account import Account
    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.exchange import Exchange
    from fks_engine.simulator.handlers import Body, PublicHandler, SignedHandler
    from fks_engine.simulator.listen_keys import ListenKeys
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.signing import Keyring
    from fks_engine.simulator.weights import Weight

ORDERS = {"POST order", "POST order/cancelReplace", "POST orderList/oco", "POST orderList/oto", "POST orderList/otoco"}
"""What counts as placing orders."""


class Endpoint(NamedTuple):
    """One method of one path below /api/v3."""

    name: str
    weight: Weight
    public: PublicHandler | None
    private: SignedHandler | None
    is_signed: bool

    @property
    def places_orders(self) -> bool:
        """Whether it counts against the account's orders."""
        return self.name in ORDERS


class Endpoints:
    """The endpoints of one exchange."""

    def __init__(self, exchange: Exchange, keyring: Keyring, conditions: Conditions, listen_keys: ListenKeys) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._conditions = conditions
        public = PublicRest(exchange)
        trading = TradingRest(exchange, public)
        self._known: dict[str, Endpoint] = {}
        for method, path, weight, handler in public.routes():
            self._add(Endpoint(f"{method} {path}", weight, handler, None, False))
        for method, path, weight, signed in trading.routes():
            self._add(Endpoint(f"{method} {path}", weight, None, signed, True))
        for method, path, weight, keyed in listen_keys.routes():
            self._add(Endpoint(f"{method} {path}", weight, None, keyed, False))

    def _add(self, endpoint: Endpoint) -> None:
        self._known[endpoint.name] = endpoint

    def find(self, method: str, path: str) -> Endpoint | None:
        """The endpoint of that method and path."""
        return self._known.get(f"{method} {path}")

    def count(self, endpoint: Endpoint, params: Params, address: str) -> int:
        """Count a request's weight; the minute's total. Raises ApiError -1003."""
        weight, now_ms = endpoint.weight(params), self._exchange.clock.now_ms()
        return self._conditions.limiter.request(address, weight, now_ms)

    def authorise(self, endpoint: Endpoint, params: Params, key: str | None, signed_text: str) -> Account | None:
        """The account a request is for, none for a public one; raises ApiError as Keyring does."""
        if endpoint.private is None:
            return None
        if not endpoint.is_signed:
            return self._exchange.accounts[self._keyring.identify(key)]
        now_ms = self._exchange.clock.now_ms()
        return self._exchange.accounts[self._keyring.verify(key, params, signed_text, now_ms)]

    def perform(
        self, endpoint: Endpoint, params: Params, values: Mapping[str, str], account: Account | None
    ) -> Body | Awaitable[Body]:
        """Execute a request; raises ApiError. A full disk or broken database answers -1006 and ends the exchange."""
        if account is None:
            assert endpoint.public is not None
            body = endpoint.public(params)
            if endpoint.name == "GET exchangeInfo" and isinstance(body, dict):
                body["rateLimits"] = self._conditions.limits.rate_limits()
            return body

        try:
            return self._execute(endpoint, params, values, account)
        except sqlite3.Error as error:
            self._conditions.fail(error)
            raise errors.forced(-1006) from error

    def _execute(self, endpoint: Endpoint, params: Params, values: Mapping[str, str], account: Account) -> Body:
        assert endpoint.private is not None
        handler = endpoint.private
        if endpoint.places_orders:
            return self._place(lambda: handler(params, account), values, account)

        answer = handler(params, account)
        if endpoint.name == "DELETE order":
            self._note_canceled(answer)
        return answer

    def _place(self, execute: Callable[[], Body], values: Mapping[str, str], account: Account) -> Body:
        counts = [self._conditions.statistics.order(client_id) for client_id in _client_ids(values)]
        for count in counts:
            count.received += 1
        try:
            self._conditions.limiter.order(account.owner, self._exchange.clock.now_ms())
            answer = execute()
        except errors.ApiError as refusal:
            for count in counts:
                count.refused.append(refusal.code)
            halves = refusal.payload().get("data")
            if isinstance(halves, dict):
                self._note_canceled(halves.get("cancelResponse"))
            raise
        for count in counts:
            count.accepted += 1
        if isinstance(answer, dict):
            self._note_canceled(answer.get("cancelResponse"))
        return answer

    def _note_canceled(self, answer: Any) -> None:
        if isinstance(answer, dict) and isinstance(answer.get("origClientOrderId"), str):
            self._conditions.statistics.order(answer["origClientOrderId"]).canceled += 1


def _client_ids(values: Mapping[str, str]) -> list[str]:
    """The client ids of the orders that a request would place."""
    return [
        value
        for name, value in values.items()
        if value and name.endswith("lientOrderId") and not name.startswith(("orig", "cancel"))
    ]
