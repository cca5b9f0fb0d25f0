"""The simulator as a process: its one line, its signals, its memory across a kill."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import sys
import time
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from fks_engine.simulator.signing import signature
from fks_engine.simulator.state import Store
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import SimulatorProcess, simulator, start_simulator

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def signed(sim: SimulatorProcess, method: str, path: str, **params: object) -> Any:
    fields = params | {"timestamp": time.time_ns() // 1_000_000}
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    url = f"{sim.rest}/api/v3/{path}?{text}&signature={signature(sim.secret, text)}"
    async with (
        aiohttp.ClientSession(headers={"X-MBX-APIKEY": sim.key}) as session,
        session.request(method, url) as response,
    ):
        body = await response.json()
        assert response.status == 200, body
        return body


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly(number: int) -> None:
    async with simulator(symbols=2) as sim:
        assert sim.rest.startswith("http://127.0.0.1:")
        assert sim.ws_api.endswith("/ws-api/v3")
        assert await sim.stop(number) == 0


async def test_a_signal_stops_it_with_clients_attached() -> None:
    async with (
        simulator(symbols=2) as sim,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{sim.ws}/ws/btcusdt@bookTicker") as socket,
    ):
        await socket.receive(timeout=5)
        assert await sim.stop() == 0


async def test_it_ends_when_its_parent_has_gone() -> None:
    sim = await start_simulator(symbols=2, exit_with_parent=True)
    assert sim.process.stdin is not None
    sim.process.stdin.close()
    assert await asyncio.wait_for(sim.process.wait(), 10) == 0


async def test_everything_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "newClientOrderId": "survivor"}
    async with simulator(symbols=2, state=tmp_path) as sim:
        await signed(sim, "POST", "order", **order, type="LIMIT", timeInForce="GTC", quantity="0.01", price="30000")
        filled = await signed(sim, "POST", "order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        before = await signed(sim, "GET", "account")
        assert await sim.stop(signal.SIGKILL) == -signal.SIGKILL

    async with simulator(symbols=2, state=tmp_path) as sim:
        (resting,) = await signed(sim, "GET", "openOrders")
        assert (resting["clientOrderId"], resting["status"]) == ("survivor", "NEW")
        assert (await signed(sim, "GET", "account"))["balances"] == before["balances"]
        fills = await signed(sim, "GET", "myTrades", symbol="BTCUSDT")
        assert [fill["id"] for fill in fills] == [fill["tradeId"] for fill in filled["fills"]]
        again = await signed(sim, "POST", "order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.005")
        assert again["orderId"] > filled["orderId"]
        assert again["fills"][0]["tradeId"] > filled["fills"][-1]["tradeId"]
        canceled = await signed(sim, "DELETE", "order", symbol="BTCUSDT", origClientOrderId="survivor")
        assert canceled["status"] == "CANCELED"
        assert await sim.stop() == 0


async def test_no_order_acknowledged_in_a_burst_is_lost_to_a_kill(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    enough = asyncio.Event()

    async def keep_sending(sim: SimulatorProcess) -> None:
        while True:
            fields = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "30000"}
            placed = await signed(sim, "POST", "order", symbol="BTCUSDT", **fields)
            acknowledged.append(placed["orderId"])
            if len(acknowledged) >= 40:
                enough.set()

    async with simulator(symbols=1, state=tmp_path) as sim:
        senders = [asyncio.create_task(keep_sending(sim)) for _ in range(4)]
        await asyncio.wait_for(enough.wait(), 20)
        await sim.stop(signal.SIGKILL)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    async with simulator(symbols=1, state=tmp_path) as sim:
        known = {order["orderId"] for order in await signed(sim, "GET", "openOrders", symbol="BTCUSDT")}
        assert set(acknowledged) <= known
        locked = {b["asset"]: float(b["locked"]) for b in (await signed(sim, "GET", "account"))["balances"]}
        assert locked["USDT"] == len(known) * 30


async def last_price(sim: SimulatorProcess) -> float:
    url = f"{sim.rest}/api/v3/ticker/price?symbol=BTCUSDT"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return float((await response.json())["price"])


async def test_the_price_goes_on_where_it_stood(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        store.save_prices({"BTCUSDT": Decimal(71_234)})
    async with simulator(symbols=1, state=tmp_path) as sim:
        assert await last_price(sim) == pytest.approx(71_234, rel=0.003)
        await signed(sim, "POST", "order", symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.5")
        assert await sim.stop() == 0
    with closing(Store(tmp_path)) as store:
        assert float(store.prices()["BTCUSDT"]) == pytest.approx(71_234, rel=0.01)


async def run_to_end(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fks_engine.simulator", *arguments, stderr=asyncio.subprocess.PIPE
    )
    _, error = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, error.decode()


async def test_a_taken_port_is_one_clear_message() -> None:
    async with simulator(symbols=1) as sim:
        port = sim.rest.rpartition(":")[2]
        code, error = await run_to_end("--symbols", "1", "--port", port)
        assert code == 2
        assert error.count("\n") == 1
        assert port in error


async def test_a_file_that_is_no_recording_is_one_clear_message(tmp_path: Path) -> None:
    file = tmp_path / "frames.parquet"
    file.write_text(json.dumps({"no": "parquet"}))
    code, error = await run_to_end("--drive", "replay", "--file", str(file))
    assert code == 2
    assert error.count("\n") == 1


async def test_a_state_folder_in_use_is_one_clear_message(tmp_path: Path) -> None:
    async with simulator(symbols=1, state=tmp_path):
        code, error = await run_to_end("--symbols", "1", "--state", str(tmp_path))
        assert code == 2
        assert error.count("\n") == 1
        assert str(tmp_path) in error


async def ending(*arguments: object) -> tuple[int, str]:
    """Run to the end; the exit code and what it says last."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fks_engine.simulator", *map(str, arguments), stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode is not None
    return process.returncode, said.decode().strip().splitlines()[-1]


async def test_the_control_port_is_named_only_when_asked_for() -> None:
    async with simulator(symbols=1) as sim:
        assert sim.control == ""
    async with simulator(symbols=1, control=True) as sim, ControlClient.connect(sim.control) as control:
        await control.clock(offset_ms=60_000)
        async with aiohttp.ClientSession() as session, session.get(f"{sim.rest}/api/v3/time") as response:
            assert (await response.json())["serverTime"] > time.time() * 1_000 + 50_000


async def test_a_state_folder_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "exchange.sqlite").write_bytes(b"this is no database" * 100)
    code, last = await ending("--symbols", 1, "--state", tmp_path)
    assert code == 2
    assert last.startswith(f"fks simulator: the state folder {tmp_path} cannot be used: ")
    assert "choose another folder with --state" in last


async def test_a_port_that_is_taken_is_one_clear_line() -> None:
    async with simulator(symbols=1) as sim:
        code, last = await ending("--symbols", 1, "--port", sim.rest.rpartition(":")[2])
        assert code == 2
        assert last.startswith("fks simulator: 127.0.0.1:")
        assert last.endswith("free the port or choose another --port")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
async def test_a_full_disk_ends_it_with_one_clear_last_line(tmp_path: Path) -> None:
    state = tmp_path / "state"
    errors = tmp_path / "errors"
    command = [sys.executable, "-m", "fks_engine.simulator", "--symbols", "1", "--state", str(state)]
    with errors.open("wb") as said:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=said)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20)
    written = max(path.stat().st_size for path in state.iterdir())
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (written, written))
    assert await asyncio.wait_for(process.wait(), 20) == 1
    last = errors.read_text().strip().splitlines()[-1]
    assert last.startswith(f"fks simulator: the state folder {state} cannot be written or read any more: ")
    assert last.endswith("free space on the disk and start again; every order it acknowledged is kept")
