"""User data streams of one WebSocket API connection, subscribed by signature."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from fks_engine.simulator import errors
from fks_engine.simulator.outlet import Outlet
from fks_engine.simulator.signing import canonical
from fks_engine.simulator.spoiler import Spoiler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.connection import Connection
    from fks_engine.simulator.exchange import Exchange, Reporter
    from fks_engine.simulator.handlers import Body
    from fks_engine.simulator.params import Params
    from fks_engine.simulator.signing import Keyring

MOST_SUBSCRIPTIONS = 8


class OwnMethod(NamedTuple):
    """A method that is no endpoint of REST."""

    weight: int
    handler: Callable[[Params, Mapping[str, str]], Body]


class _Subscription(NamedTuple):
    owner: str
    reporter: Reporter
    spoiler: Spoiler


class UserSubscriptions:
    """The accounts one connection follows."""

    def __init__(self, exchange: Exchange, keyring: Keyring, conditions: Conditions, connection: Connection) -> None:
        self._exchange = exchange
        self._keyring = keyring
        self._conditions = conditions
        self._connection = connection
        self._outlet = Outlet(connection)
        self._next = 0
        self._subscriptions: dict[int, _Subscription] = {}
        self._methods = {
            "userDataStream.subscribe.signature": OwnMethod(2, self._subscribe),
            "userDataStream.unsubscribe": OwnMethod(2, self._unsubscribe),
        }

    def any(self) -> bool:
        """Whether it follows one."""
        return bool(self._subscriptions)

    def method(self, name: str) -> OwnMethod | None:
        """The method of that name."""
        return self._methods.get(name)

    def _subscribe(self, params: Params, values: Mapping[str, str]) -> Body:
        now_ms = self._exchange.clock.now_ms()
        owner = self._keyring.verify(params.text("apiKey"), params, canonical(values), now_ms)
        params.done()
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise errors.ApiError(-1034, f"Too many concurrent connections; current limit is '{MOST_SUBSCRIPTIONS}'.")

        number = self._next
        self._next += 1

        def terminate() -> None:
            self._end(number)

        spoiler = Spoiler(self._conditions, "user", self._outlet, None, terminate)

        def reporter(event: dict[str, Any]) -> None:
            spoiler.send(orjson.dumps({"subscriptionId": number, "event": event}), event["e"], event)

        self._subscriptions[number] = _Subscription(owner, reporter, spoiler)
        self._exchange.listen(owner, reporter)
        return {"subscriptionId": number}

    def _unsubscribe(self, params: Params, values: Mapping[str, str]) -> Body:
        number = params.integer("subscriptionId")
        params.done()
        chosen = list(self._subscriptions) if number is None else [number]
        for subscription in chosen:
            if subscription not in self._subscriptions:
                raise errors.invalid_data("subscriptionId")
            self._end(subscription)
        return {}

    def _end(self, number: int) -> None:
        """End one; its last event follows the answer to the request that ended it."""
        subscription = self._subscriptions.pop(number, None)
        if subscription is not None:
            self._exchange.unlisten(subscription.owner, subscription.reporter)
            subscription.spoiler.leave()
            event = {"e": "eventStreamTerminated", "E": self._exchange.clock.now_ms()}
            data = orjson.dumps({"subscriptionId": number, "event": event})
            asyncio.get_running_loop().call_soon(self._outlet.offer, data)

    def terminate(self) -> int:
        """End all of them; how many there were."""
        numbers = list(self._subscriptions)
        for number in numbers:
            self._end(number)
        return len(numbers)

    def leave(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions.values():
            self._exchange.unlisten(subscription.owner, subscription.reporter)
            subscription.spoiler.leave()
        self._subscriptions.clear()
        self._outlet.close()
