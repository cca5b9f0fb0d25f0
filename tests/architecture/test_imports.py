"""Imports point down, libraries stay in their folder, and no circle hides."""

from __future__ import annotations

import pytest

from tests.architecture.circles import circles
from tests.architecture.layers import STAGES, strayed_libraries, wrong_directions
from tests.architecture.source import Module, our_modules, project_modules, report


def test_imports_run_the_way_the_table_says() -> None:
    found = list(wrong_directions(project_modules()))
    assert not found, report(found)


def test_each_library_is_imported_in_its_folder_only() -> None:
    found = list(strayed_libraries(project_modules()))
    assert not found, report(found)


def test_there_is_no_import_circle() -> None:
    found = circles(our_modules())
    assert not found, report(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fks_engine.risk.checks", "from fks_engine.orders import manager"),
        ("fks_engine.risk.checks", "import fks_engine.engine"),
        ("fks_engine.risk.checks", "def late():\n    from fks_engine.streams import feed"),
        ("fks_engine.risk.checks", "if TYPE_CHECKING:\n    from fks_engine.cli import main"),
        ("fks_engine.risk.checks", "importlib.import_module('fks_engine.exchange')"),
        ("fks_engine.risk.checks", "from ..orders import manager"),
        ("fks_engine.model.order", "from fks_engine.api import Desk"),
        ("fks_engine.config", "from fks_engine.resilience import supervisor"),
        ("fks_engine.resilience.supervisor", "from fks_engine.state import quotes"),
        ("fks_engine.simulator.server", "from fks_engine.model import Order"),
        ("fks_engine.simulator.server", "import fks_engine.errors"),
        ("fks_engine.cli.sim", "from fks_engine.simulator import server"),
        ("fks_engine.engine.engine", "from fks_engine import simulator"),
        ("fks_tui.screens.quotes", "from fks_engine.model import Quote"),
        ("fks_tui.widgets.quote_grid", "from fks_tui.screens.quotes import QuotesScreen"),
        ("fks_tui.actions", "from fks_tui.app import DeskApp"),
        ("fks_engine.api.desk", "from fks_tui.app import DeskApp"),
        ("fks_engine.orders.manager", "from tests.engine.builders import order"),
        ("fks_engine.newcomer", "import os"),
        ("tests.engine.exchange.test_client", "from fks_engine.simulator.server import Server"),
        ("tests.integration.test_thread", "import fks_engine.simulator"),
    ],
)
def test_a_planted_wrong_direction_is_found(name: str, text: str) -> None:
    assert len(list(wrong_directions([Module.planted(name, text)]))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fks_engine.risk.checks", "from fks_engine.model import Order\nfrom fks_engine.ports import MarketView"),
        ("fks_engine.risk.checks", "from fks_engine.risk.limits import Limits"),
        ("fks_engine.engine.engine", "from fks_engine.orders.manager import OrderManager"),
        (
            "fks_tui.screens.quotes",
            "from fks_engine.api import Quote\nfrom fks_tui.widgets.quote_grid import QuoteGrid",
        ),
        ("tests.engine.simulator.test_server", "from fks_engine.simulator.server import Server"),
    ],
)
def test_a_right_direction_passes(name: str, text: str) -> None:
    assert list(wrong_directions([Module.planted(name, text)])) == []


def test_no_stage_may_import_another() -> None:
    for stage in STAGES:
        for other in set(STAGES) - {stage}:
            planted = Module.planted(f"{stage}.part", f"import {other}.part")
            assert len(list(wrong_directions([planted]))) == 1, f"{stage} may import {other}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fks_engine.orders.manager", "import ccxt.pro"),
        ("fks_engine.exchange.client", "from aiohttp import web"),
        ("fks_engine.exchange.client", "import aiohttp.web"),
        ("fks_engine.wire.server", "import aiohttp"),
        ("fks_engine.state.quotes", "from textual import work"),
        ("fks_tui.widgets.candle_chart", "import polars"),
        ("fks_engine.model.order", "import anyio"),
        ("fks_engine.model.order", "import numpy"),
        ("fks_engine.strategy.runner", "def late():\n    import numba"),
        ("fks_engine.state.quotes", "import requests"),
    ],
)
def test_a_planted_stray_library_is_found(name: str, text: str) -> None:
    assert len(list(strayed_libraries([Module.planted(name, text)]))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("fks_engine.exchange.client", "import ccxt.pro as ccxt"),
        ("fks_engine.simulator.server", "from aiohttp import web"),
        ("fks_engine.state.quotes", "import decimal, anyio"),
        ("tests.engine.simulator.test_server", "import ccxt"),
    ],
)
def test_a_library_in_its_folder_passes(name: str, text: str) -> None:
    assert list(strayed_libraries([Module.planted(name, text)])) == []


@pytest.mark.parametrize(
    "late", ["from b import x", "def f():\n    import b", "if TYPE_CHECKING:\n    from b import x"]
)
def test_a_planted_circle_is_found_even_when_it_hides(late: str) -> None:
    modules = [Module.planted("a", late), Module.planted("b", "import c"), Module.planted("c", "from a import y")]
    (circle,) = circles([*modules, Module.planted("d", "import a")])
    assert circle.startswith("a -> b -> c -> a")


def test_modules_without_a_circle_pass() -> None:
    assert circles([Module.planted("a", "import b, c"), Module.planted("b", "import c"), Module.planted("c", "")]) == []
