"""The exchange put together: clock, markets, tapes, accounts and streams, and the feed its drive speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.simulator.account import Account, Balance
from fks_engine.simulator.admission import TRADING
from fks_engine.simulator.broker import Broker
from fks_engine.simulator.hub import Hub
from fks_engine.simulator.nouns import PublicTrade
from fks_engine.simulator.publisher import Publisher
from fks_engine.simulator.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from decimal import Decimal

    from fks_engine.simulator.market import Clock, Drive, Market
    from fks_engine.simulator.nouns import DepthChange, Matched, Quote
    from fks_engine.simulator.state import Store

    Reporter = Callable[[dict[str, Any]], None]


class Exchange:
    """One exchange with its accounts; it is the drive's Feed."""

    def __init__(self, drive: Drive, clock: Clock, store: Store, balances: Mapping[str, Mapping[str, Decimal]]) -> None:
        self.clock = clock
        self.store = store
        self.drive = drive
        self.markets: Mapping[str, Market] = drive.markets
        self.tapes = {symbol: self._tape(symbol, market) for symbol, market in self.markets.items()}
        self.accounts = {owner: self._account(owner, start) for owner, start in balances.items()}
        self.hub = Hub()
        self.publisher = Publisher(self.hub, self.markets, self.tapes, drive.now_ms)
        self.broker = Broker(self.markets, self.tapes, self.accounts, store, clock, self)
        self._reporters: dict[str, dict[Reporter, None]] = {}
        self.broker.restore()

    def _tape(self, symbol: str, market: Market) -> Tape:
        tape = Tape(market.rules, lambda start_ms, end_ms: self.drive.history(symbol, start_ms, end_ms))
        best = market.best()
        if best.bid and best.ask:
            middle = (best.bid + best.ask) / 2
            tape.begin(self.drive.now_ms(), middle // market.rules.tick * market.rules.tick)
        return tape

    def _account(self, owner: str, start: Mapping[str, Decimal]) -> Account:
        """The account of the state folder, or a new one with the starting balances."""
        known = self.store.load_account(owner)
        if known is not None:
            return known

        account = Account(owner)
        account.balances = {asset: Balance(free=free) for asset, free in start.items()}
        account.updated_ms = self.clock.now_ms()
        with self.store.transaction():
            self.store.save_balances(owner, account.balances.items())
        return account

    def status(self, symbol: str) -> str:
        """TRADING, BREAK or HALT."""
        return self.broker.admission.statuses.get(symbol, TRADING)

    def set_status(self, symbol: str, status: str) -> None:
        """Open or close a symbol; unless it is TRADING no new order is taken, and standing ones can be cancelled."""
        self.broker.admission.statuses[symbol] = status

    def set_permitted(self, owner: str, symbol: str, is_permitted: bool) -> None:
        """Let an account trade a symbol, or refuse its orders there."""
        forbidden = self.accounts[owner].forbidden
        if is_permitted:
            forbidden.discard(symbol)
        else:
            forbidden.add(symbol)

    def set_can_trade(self, can_trade: bool) -> None:
        """Let the accounts trade, or refuse all their orders."""
        for account in self.accounts.values():
            account.is_disabled = not can_trade

    def listen(self, owner: str, reporter: Reporter) -> None:
        """Tell `reporter` every user event of that account from now on."""
        self._reporters.setdefault(owner, {})[reporter] = None

    def unlisten(self, owner: str, reporter: Reporter) -> None:
        """Stop telling it."""
        self._reporters.get(owner, {}).pop(reporter, None)

    def report(self, owner: str, event: dict[str, Any]) -> None:
        """Tell an account's listeners a user event."""
        for reporter in tuple(self._reporters.get(owner, ())):
            reporter(event)

    def on_trade(self, trade: PublicTrade) -> None:
        """A public trade."""
        self.tapes[trade.symbol].add(trade)
        self.broker.note_price(trade.symbol, trade.price)
        self.publisher.trade(trade)

    def on_quote(self, quote: Quote) -> None:
        """The best bid or ask changed."""
        self.publisher.quote(quote)

    def on_depth(self, change: DepthChange) -> None:
        """Levels of a book changed."""
        self.publisher.depth(change)

    def followed(self) -> Collection[str]:
        """The symbols with listeners or with orders of an account."""
        ordered = {order.symbol for account in self.accounts.values() for order in account.open.values()}
        return self.hub.symbols() | ordered if ordered else self.hub.symbols()

    def on_matched(self, matched: Matched) -> None:
        """Executions that the drive's own flow caused."""
        self.broker.settle(matched.executions)
        self._publish_trades(matched)
        self.broker.act()

    def own_matched(self, market: Market, matched: Matched) -> None:
        """Publish what an account's order traded, and the quote it left."""
        self._publish_trades(matched)
        quote = market.drain_quote()
        if quote is not None:
            self.on_quote(quote)

    def _publish_trades(self, matched: Matched) -> None:
        for execution in matched.executions:
            if execution.public:
                self.on_trade(
                    PublicTrade(
                        execution.symbol,
                        execution.trade_id,
                        execution.price,
                        execution.quantity,
                        execution.buyer_is_maker,
                        execution.time_ms,
                        execution.time_ms,
                    )
                )

    def save_prices(self) -> None:
        """Remember where the symbols stand."""
        self.store.save_prices({symbol: tape.last_price for symbol, tape in self.tapes.items() if tape.last_price})
