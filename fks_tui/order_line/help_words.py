"""The grammar of the order line in examples, for its help."""

from __future__ import annotations

from typing import Final

GRAMMAR: Final = (
    ("buy 0.1 btc @ 64000", "limit; also $500, 500 usdt, 50%, all"),
    ("sell 50% eth market", "at market, within the slippage cap"),
    ("buy $500 sol @ -10bp po", "from its touch; also bid+2t mid last"),
    ("buy 0.1 btc @ bid tp 2% sl 1%", "exits, once it has filled"),
    ("sell 0.1 btc tp 66000 sl 62000", "one cancels the other"),
    ("sell 0.1 btc stop 63000 limit 62900", "stop, with or without a limit"),
    ("po ioc fok gtc reduce", "post-only, durations, reduce-only"),
    ("cancel btc · bids · asks eth · all", "also an order's id"),
    ("move btc @ 64100 · close btc", "replace an order; sell a position"),
    ("watch btc · go btc", "watchlist; show a market"),
    ("halt · reduce · resume", "stop; only reductions; open again"),
    ("alert btc above 65000 · moves 2%", "also below; tells once"),
)
"""Each example and what it does."""
