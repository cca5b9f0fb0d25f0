"""Settings that every test shares."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The engine runs on asyncio, for ccxt does."""
    return "asyncio"
