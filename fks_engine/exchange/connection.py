"""One websocket of ccxt's, with its frames handed straight to a consumer and its end made known."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from typing import Any, NoReturn, Protocol

import aiohttp
import ccxt
import orjson
from ccxt.async_support.base.ws.client import Client

from fks_engine.errors import ExchangeUnavailable
from fks_engine.exchange.error_map import FRAME_FAULTS, Answer, Purpose, from_answer
from fks_engine.exchange.parsing import shown

ACKNOWLEDGE_TIMEOUT_S = 10.0


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

    def book_changed(self, symbol: str) -> None:
        """ccxt brought a book up to date."""
        ...

    def book_broken(self, symbol: str, error: object) -> None:
        """ccxt dropped a book, or could not make one."""
        ...


class StreamConnection(Client):  # type: ignore[misc]
    """A websocket whose consumer is called from the message handler, one frame at a time."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.consumer: Consumer | None = None
        self.ended: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        """Done once the connection is lost; holds why."""
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._numbers = count(1)

    async def opened(self, session: Any) -> None:
        """Connect. Raises ExchangeUnavailable."""
        await self._first(self.connect(session), "connecting")

    async def lost(self) -> NoReturn:
        """Wait until the connection is lost. Raises ExchangeUnavailable, or what a receiver of events failed with."""
        await asyncio.wait({self.ended})
        raise _lost(self.ended.result())

    async def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its acknowledgement.

        Raises ExchangeUnavailable when the connection is lost meanwhile, and what the refusal means otherwise.
        """
        number = next(self._numbers)
        answered = asyncio.get_running_loop().create_future()
        self._waiting[str(number)] = answered
        try:
            await self.throttle(1)
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
            raise from_answer(Answer(status if isinstance(status, int) else 400, code, text), Purpose.READ)
        return message.get("result")

    def acknowledge(self, message: Any) -> bool:
        """Take `message` as the answer to a request; False where it is none."""
        answered = self._waiting.get(str(message.get("id")))
        if answered is None or answered.done():
            return False
        answered.set_result(message)
        return True

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

    def resolve(self, result: Any, message_hash: Any) -> Any:
        """ccxt has a new state of something; only books come this way."""
        if self.consumer is not None and str(message_hash).startswith("orderbook::"):
            self.consumer.book_changed(str(message_hash).removeprefix("orderbook::"))
        return result

    def reject(self, result: Any, message_hash: Any = None) -> Any:
        """ccxt gave up on something: on one book, or on the whole connection."""
        if message_hash is None:
            self.end(result)
        elif self.consumer is not None and str(message_hash).startswith("orderbook::"):
            self.consumer.book_broken(str(message_hash).removeprefix("orderbook::"), result)
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
        if not self.ended.done():
            self.ended.set_result(error if isinstance(error, BaseException) else ExchangeUnavailable(str(error)))

    async def _first(self, future: asyncio.Future[Any], action: str) -> Any:
        await asyncio.wait({future, self.ended}, timeout=ACKNOWLEDGE_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if self.ended.done():
            raise _lost(self.ended.result())
        if not future.done():
            raise ExchangeUnavailable(f"no answer to {action} within {ACKNOWLEDGE_TIMEOUT_S:g} s")
        return future.result()


def _lost(reason: BaseException) -> BaseException:
    """What whoever waits on a connection is to raise: the network's errors as ExchangeUnavailable, others unchanged."""
    if isinstance(reason, ccxt.BaseError | OSError | aiohttp.ClientError):
        return ExchangeUnavailable(f"the connection was lost: {str(reason) or type(reason).__name__}")
    return reason
