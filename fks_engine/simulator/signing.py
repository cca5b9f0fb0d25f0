"""Signed requests: API keys, HMAC-SHA256 signatures and the receive window."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fks_engine.simulator import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.simulator.params import Params

DEFAULT_WINDOW_MS = 5_000
WIDEST_WINDOW_MS = 60_000
AHEAD_MS = 1_000

_KEY = re.compile(r"[A-Za-z0-9_-]{1,128}")


def parse(text: str) -> dict[str, str]:
    """The parameters of one query string or form body; -1101 for a name that comes twice."""
    try:
        items = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except (UnicodeDecodeError, ValueError):
        raise errors.ApiError(-1100, "Illegal characters found in a parameter.") from None

    values = dict(items)
    if len(values) != len(items):
        raise errors.duplicate_parameter()
    return values


def signature(secret: str, text: str) -> str:
    """The hexadecimal HMAC-SHA256 of `text`."""
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def without_signature(text: str) -> str:
    """The transmitted parameters as they were signed: all but `signature`."""
    return "&".join(part for part in text.split("&") if not part.startswith("signature="))


def canonical(params: Mapping[str, str]) -> str:
    """What a WebSocket API request signs: its parameters sorted by name, without the signature."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature")


class Keyring:
    """The API keys the exchange knows."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = dict(secrets)

    def verify(self, key: str | None, params: Params, signed_text: str, now_ms: int) -> str:
        """The key of a correctly signed request; raises ApiError -1102, -2014, -2015, -1131, -1021 or -1022."""
        self.identify(key)
        assert key is not None
        given = params.require("signature")
        timestamp = params.integer("timestamp")
        if timestamp is None:
            raise errors.missing("timestamp")

        window = params.number("recvWindow")
        if window is not None and window > WIDEST_WINDOW_MS:
            raise errors.wide_window()
        if timestamp >= now_ms + AHEAD_MS:
            raise errors.early_timestamp()
        if now_ms - timestamp > (DEFAULT_WINDOW_MS if window is None else window):
            raise errors.late_timestamp()

        expected = signature(self._secrets[key], signed_text)
        if not hmac.compare_digest(expected, given.encode("ascii", "replace").decode()):
            raise errors.bad_signature()
        return key

    def identify(self, key: str | None) -> str:
        """The key when it is known; raises ApiError -2014 or -2015."""
        if not key or not _KEY.fullmatch(key):
            raise errors.bad_key_format()
        if key not in self._secrets:
            raise errors.unknown_key()
        return key
