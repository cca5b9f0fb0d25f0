"""One websocket of ccxt's, with its frames handed straight to a consumer and its end made known."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from random import uniform
from typing import Any, Final, NoReturn, Protocol

import aiohttp
import ccxt
import orjson
from ccxt.async_support.base.ws.client import Client

from fks_engine.errors import ExchangeUnavailable
from fks_engine.exchange.error_map import FRAME_FAULTS, Answer, Purpose, from_answer
from fks_engine.exchange.parsing import shown

ACKNOWLEDGE_TIMEOUT_S = 10.0
SENT_A_SECOND: Final = 4
"""Requests in one second: the exchange allows five messages, and pings and pongs are among them."""


class Consumer(Protocol):
    """Who reads a connection's frames."""

    def read(self, message: Any) -> tuple[Any, ...]:
        """The events in one decoded frame.

        May raise any of FRAME_FAULTS: the frame is then dropped.
        """
        ...

    def deliver(self, event: Any) -> None:
        """Pass one event on."""
        ...

    def faulty(self, error: object) -> None:
        """A frame was dropped."""
        ...


class StreamConnection(Client):  # type: ignore[misc]
    """A websocket whose consumer is called from the message handler, one frame at a time."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.consumer: Consumer | None = None
        self.ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        """Done once the connection is lost; holds why."""
        self.on_refusal: Callable[[Answer], None] = _unheard
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._numbers = count(1)
        self._sent: deque[float] = deque(maxlen=SENT_A_SECOND)
        self._renewal: asyncio.TimerHandle | None = None
        self._answering: set[asyncio.Future[None]] = set()
        """Answers to pings that are being sent."""

    async def opened(self, session: Any) -> None:
        """Connect. Raises ExchangeUnavailable."""
        await self._first(self.connect(session), "connecting")

    async def outcome(self) -> BaseException:
        """Wait until the connection is lost: ExchangeUnavailable, or what a receiver of events failed with."""
        await asyncio.wait({self.ended})
        return _lost(self.ended.result())

    async def lost(self) -> NoReturn:
        """Wait until the connection is lost, and raise its outcome."""
        raise await self.outcome()

    def renew_after(self, seconds: float) -> None:
        """Let the connection end after about so long; each a little earlier, so that not all end together."""
        age = ExchangeUnavailable("the connection is made anew, before the exchange ends it for its age")
        self._renewal = asyncio.get_running_loop().call_later(seconds * uniform(0.95, 1.0), self.end, age)

    async def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its acknowledgement.

        Raises ExchangeUnavailable when the connection is lost meanwhile, and what the refusal means otherwise.
        """
        number = next(self._numbers)
        answered = asyncio.get_running_loop().create_future()
        self._waiting[str(number)] = answered
        try:
            await self._paced()
            if self.closed():
                raise ExchangeUnavailable("the connection closed before the request was sent")
            await self.send({"method": method, "params": params, "id": self._numbered(number)})
            message = await self._first(answered, method)
        except (ConnectionError, RuntimeError) as error:
            raise ExchangeUnavailable(f"the connection broke: {error}") from error
        finally:
            del self._waiting[str(number)]
        refusal = message.get("error")
        if refusal is not None:
            code, text = refusal.get("code"), str(refusal.get("msg"))
            status = message.get("status")
            answer = Answer(status if isinstance(status, int) else 400, code, text, _retry_after_s(refusal))
            self.on_refusal(answer)
            raise from_answer(answer, Purpose.READ)
        return message.get("result")

    async def _paced(self) -> None:
        """Wait until one more request keeps within what the exchange takes of one connection."""
        now = asyncio.get_running_loop().time()
        due = max(now, self._sent[0] + 1.0) if len(self._sent) == SENT_A_SECOND else now
        self._sent.append(due)
        if due > now:
            await asyncio.sleep(due - now)

    def acknowledge(self, message: Any) -> bool:
        """Take `message` as the answer to a request; False where it is none."""
        answered = self._waiting.get(str(message.get("id")))
        if answered is None or answered.done():
            return False
        answered.set_result(message)
        return True

    def handle_message(self, message: Any) -> None:
        """Take what came; a ping is answered here, for ccxt lets the answer fail unheard on a line that is closing."""
        if message.type is aiohttp.WSMsgType.PING and self.connection is not None:
            answering = asyncio.ensure_future(_answered(self.connection, message.data))
            self._answering.add(answering)
            answering.add_done_callback(self._answering.discard)
        else:
            super().handle_message(message)

    def handle_text_or_binary_message(self, data: Any) -> None:
        """Decode a frame and deliver what the consumer reads in it; a frame that cannot be read is dropped.

        Any other failure ends the stream: ccxt would only stop reading, and nobody would hear of it.
        """
        consumer = self.consumer
        if consumer is None:
            return
        failed = True
        try:
            self.deliver(*self._read(consumer, data))
            failed = False
        finally:
            if failed:
                self.end(sys.exception())

    def deliver(self, *events: Any) -> None:
        """Pass events on. A failure of ours ends the stream, so that whoever runs it hears of it."""
        if self.consumer is None:
            return
        failed = True
        try:
            for event in events:
                self.consumer.deliver(event)
            failed = False
        finally:
            if failed:
                self.end(sys.exception())

    def _read(self, consumer: Consumer, data: Any) -> tuple[Any, ...]:
        try:
            return consumer.read(orjson.loads(data))
        except FRAME_FAULTS as error:
            consumer.faulty(error)
            return ()

    def reject(self, result: Any, message_hash: Any = None) -> Any:
        """ccxt gave up on the connection."""
        if message_hash is None:
            self.end(result)
        return result

    def on_error(self, error: Any) -> None:
        """The connection failed."""
        self.end(error)
        super().on_error(error)

    def on_close(self, code: Any) -> None:
        """The connection was closed by the other side."""
        self.end(ExchangeUnavailable(f"the exchange closed the connection (code {shown(code)})"))
        super().on_close(code)

    async def close(self, code: int = 1000) -> None:
        """Close the connection; never raises what the network does."""
        self.end(ExchangeUnavailable("the connection was closed by us"))
        await super().close(code)

    def _numbered(self, number: int) -> int | str:
        """The market servers want an int as id, the websocket API a text."""
        return str(number) if "ws-api" in self.url else number

    def end(self, error: object) -> None:
        """Tell whoever waits on this connection that it is lost; the first reason counts."""
        if self._renewal is not None:
            self._renewal.cancel()
        if not self.ended.done():
            self.ended.set_result(error if isinstance(error, BaseException) else ExchangeUnavailable(str(error)))

    async def _first(self, future: asyncio.Future[Any], action: str) -> Any:
        await asyncio.wait({future, self.ended}, timeout=ACKNOWLEDGE_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if self.ended.done():
            raise _lost(self.ended.result())
        if not future.done():
            raise ExchangeUnavailable(f"no answer to {action} within {ACKNOWLEDGE_TIMEOUT_S:g} s")
        return future.result()


def _retry_after_s(refusal: Mapping[str, object]) -> float | None:
    """Seconds to wait, where a refusal names the moment from which the exchange listens again."""
    data = refusal.get("data")
    if not isinstance(data, dict):
        return None
    now_ms, again_ms = data.get("serverTime"), data.get("retryAfter")
    if type(now_ms) is not int or type(again_ms) is not int:
        return None
    return max(0.0, (again_ms - now_ms) / 1_000)


def _unheard(answer: Answer) -> None:
    """Nobody minds a refusal."""


def _lost(reason: BaseException) -> BaseException:
    """What whoever waits on a connection is to raise: the network's errors as ExchangeUnavailable, others unchanged."""
    if isinstance(reason, ccxt.BaseError | OSError | aiohttp.ClientError):
        return ExchangeUnavailable(f"the connection was lost: {str(reason) or type(reason).__name__}")
    return reason


async def _answered(connection: aiohttp.ClientWebSocketResponse, ping: bytes) -> None:
    """Answer a ping, if the line still takes it; whoever reads hears of its end."""
    with suppress(ConnectionError):
        await connection.pong(ping)
