"""The account's orders, fills and balances, subscribed for good and published on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from fks_engine.errors import AuthenticationFailed
from fks_engine.model import Fill, OrderReport
from fks_engine.streams.supervision import Supervision

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import StageStatus
    from fks_engine.clock import Clock
    from fks_engine.ports import AccountEvent, Exchange
    from fks_engine.resilience import Backoff
    from fks_engine.topics import Bus

KEY_REFUSED: Final = (
    "the exchange refuses our key, so no order is sent and none can be canceled from here; make it good at the "
    "exchange, or set another in exchange.api_key and exchange.api_secret and start the engine again"
)


def ignore() -> None:
    """Nobody minds that the account's stream was lost."""


class AccountStream:
    """The supervised subscription to the account's events.

    `on_resync` is called after every subscription, the first included, and after a frame had to be dropped: what
    happened unseen has to be read from the exchange then. `on_lost` is called when the stream is lost.
    """

    def __init__(
        self,
        exchange: Exchange,
        bus: Bus,
        clock: Clock,
        backoff: Backoff,
        *,
        on_resync: Callable[[], None],
        on_lost: Callable[[], None] = ignore,
    ) -> None:
        self._exchange = exchange
        self._bus = bus
        self._on_resync = on_resync
        self._on_lost = on_lost
        self._health = Supervision("account", clock, backoff, None)
        self.subscribed = False
        """Whether events of the account reach us now."""

    @property
    def received(self) -> int:
        """Events since the start."""
        return self._health.received

    @property
    def restarts(self) -> int:
        """How often the subscription was taken up again."""
        return self._health.restarts

    def status(self) -> StageStatus:
        """How the stream does; an account may be silent for long."""
        return self._health.status(aging=False)

    def resubscribe(self, reason: str) -> None:
        """Subscribe anew: something happened at the exchange that the stream did not tell. The account is read again
        then, as after every subscription."""
        self._health.renew(reason)

    async def run(self) -> NoReturn:
        """Subscribe and publish for ever. Raises whatever is not ExchangeUnavailable."""
        await self._health.keep(self._subscribe, self._lost)

    async def _subscribe(self) -> None:
        try:
            await self._exchange.stream_account(self._take, self._ready)
        except AuthenticationFailed as error:
            raise AuthenticationFailed(f"{KEY_REFUSED} ({error})") from error

    def _ready(self) -> None:
        self.subscribed = True
        self._health.subscribed()
        self._on_resync()

    def _take(self, event: AccountEvent) -> None:
        self._health.heard()
        if isinstance(event, OrderReport):
            self._bus.order_reports.publish(event)
        elif isinstance(event, Fill):
            self._bus.fills.publish(event)
        else:
            self._bus.balances.publish(event)

    def _lost(self) -> None:
        was_subscribed, self.subscribed = self.subscribed, False
        if was_subscribed:
            self._on_lost()
