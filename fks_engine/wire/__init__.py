"""The door over a unix socket: server and client, framed msgpack."""

from fks_engine.wire.client import Patience, connect
from fks_engine.wire.guard import Claim, claim_holder, claimed
from fks_engine.wire.pictures import empty_view
from fks_engine.wire.server import serve
from fks_engine.wire.session import Limits

__all__ = ["Claim", "Limits", "Patience", "claim_holder", "claimed", "connect", "empty_view", "serve"]
