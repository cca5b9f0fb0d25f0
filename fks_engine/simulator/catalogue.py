"""The coins of the synthetic market: real names with the price scales, ticks and steps of the real symbols."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_engine.simulator.nouns import ZERO, SymbolRules

QUOTE_ASSET = "USDT"
MOST_SYMBOLS = 400
POSITION_LIMITS = {"FIL": Decimal(5_000)}
"""The coins of which an account may own and bid for only so many."""


@dataclass(frozen=True, slots=True)
class Coin:
    """One symbol of the synthetic market and how it behaves."""

    rules: SymbolRules
    price: Decimal
    """Where it stands at the start."""
    volatility: float
    """Standard deviation of a year's log return."""
    correlation: float
    """How much of its moves is the whole market's, 0 to 1."""
    rank: int
    """1 is the busiest."""


# name, price, tick, step, yearly volatility, correlation
_COINS = """
BTC   64000       0.01       0.00001  0.50  0.92
ETH   2600        0.01       0.0001   0.65  0.88
SOL   155.00      0.01       0.001    0.85  0.78
BNB   580.00      0.01       0.001    0.55  0.75
XRP   0.5900      0.0001     0.1      0.75  0.65
DOGE  0.10800     0.00001    1        0.95  0.72
ADA   0.3550      0.0001     0.1      0.80  0.74
TRX   0.1520      0.0001     0.1      0.45  0.45
AVAX  24.50       0.01       0.01     0.95  0.75
LINK  11.20       0.01       0.01     0.85  0.74
SHIB  0.00001420  0.00000001 1        1.00  0.70
PEPE  0.00000810  0.00000001 1        1.40  0.62
DOT   4.550       0.001      0.01     0.80  0.75
LTC   65.00       0.01       0.001    0.65  0.70
BCH   345.0       0.1        0.001    0.75  0.68
NEAR  4.150       0.001      0.1      1.05  0.70
UNI   6.450       0.001      0.01     0.95  0.65
ICP   8.050       0.001      0.01     0.95  0.62
ETC   19.20       0.01       0.01     0.75  0.68
FIL   3.750       0.001      0.01     0.90  0.70
XLM   0.0985      0.0001     1        0.70  0.62
APT   6.350       0.001      0.01     1.00  0.65
ATOM  4.850       0.001      0.01     0.85  0.70
ARB   0.5700      0.0001     0.1      1.05  0.70
OP    1.4500      0.0001     0.01     1.10  0.70
INJ   18.90       0.01       0.01     1.10  0.65
SUI   0.9200      0.0001     0.1      1.25  0.60
AAVE  118.0       0.1        0.001    1.00  0.60
ALGO  0.1290      0.0001     1        0.80  0.65
VET   0.02280     0.00001    0.1      0.85  0.66
HBAR  0.05650     0.00001    1        0.85  0.60
GRT   0.1510      0.0001     1        1.05  0.62
FET   0.9100      0.001      0.1      1.40  0.58
RUNE  3.850       0.001      0.1      1.20  0.58
BONK  0.00001880  0.00000001 1        1.50  0.58
WIF   1.650       0.001      0.01     1.60  0.55
TIA   5.250       0.001      0.01     1.30  0.58
SEI   0.2950      0.0001     0.1      1.20  0.58
SAND  0.2600      0.0001     1        0.90  0.64
MANA  0.2750      0.0001     1        0.90  0.64
AXS   4.850       0.001      0.01     0.90  0.62
THETA 1.250       0.001      0.1      0.95  0.60
CRV   0.2850      0.001      0.1      1.20  0.55
LDO   1.050       0.001      0.01     1.10  0.58
CHZ   0.05400     0.00001    1        0.90  0.58
EGLD  28.50       0.01       0.01     0.85  0.58
XTZ   0.6750      0.001      0.1      0.80  0.60
ZEC   37.50       0.01       0.001    0.80  0.50
DASH  24.10       0.01       0.001    0.75  0.52
COMP  44.50       0.01       0.001    0.95  0.52
ENJ   0.1450      0.0001     1        0.95  0.56
BAT   0.1650      0.0001     1        0.85  0.58
1INCH 0.2450      0.0001     0.1      0.95  0.56
ZIL   0.01420     0.00001    0.1      0.90  0.58
KSM   18.70       0.01       0.001    0.85  0.56
YFI   5050        1          0.00001  0.90  0.50
"""


def coins(count: int) -> list[Coin]:
    """The first `count` symbols, busiest first; beyond the named ones they are made up, always the same way."""
    named = [line.split() for line in _COINS.split("\n") if line]
    return [_coin(rank, *(named[rank - 1] if rank <= len(named) else _made_up(rank))) for rank in range(1, count + 1)]


def _coin(rank: int, base: str, price: str, tick: str, step: str, volatility: str, correlation: str) -> Coin:
    at = Decimal(price)
    whole_steps = Decimal(step)
    most = _round_up(Decimal(9_000_000) / at)
    rules = SymbolRules(
        symbol=base + QUOTE_ASSET,
        base=base,
        quote=QUOTE_ASSET,
        tick=Decimal(tick),
        step=whole_steps,
        min_notional=Decimal(5) if at >= Decimal("0.0001") else Decimal(1),
        max_price=_round_up(at * 15),
        max_quantity=max(most, Decimal(9_000)),
        max_market_quantity=max(_round_up(Decimal(3_000_000) / at), Decimal(100)),
        max_position=POSITION_LIMITS.get(base, ZERO),
    )
    return Coin(rules, at, float(volatility), float(correlation), rank)


def _round_up(value: Decimal) -> Decimal:
    """The next power of ten."""
    return Decimal(10) ** (value.adjusted() + 1)


def _made_up(rank: int) -> list[str]:
    """A coin for the ranks beyond the named ones; its numbers follow from its rank alone."""
    scale = (rank * 7919) % 7 - 4
    digits = 1_000 + (rank * 104_729) % 8_999
    price = Decimal(digits).scaleb(scale - 3)
    tick = Decimal(1).scaleb(max(scale - 3, -8))
    step = Decimal(1).scaleb(min(0, -scale - 1))
    volatility = 0.7 + (rank * 31) % 80 / 100
    correlation = 0.4 + (rank * 17) % 30 / 100
    return [f"C{rank:03d}", f"{price:f}", f"{tick:f}", f"{step:f}", f"{volatility:.2f}", f"{correlation:.2f}"]
