from __future__ import annotations

from pathlib import Path

import pytest

from fks_engine.cli.arguments import parse


def test_no_word_means_the_desk() -> None:
    found = parse([])
    assert (found.command, found.overrides) == ("desk", {})


@pytest.mark.parametrize("words", [["engine", "run"], ["engine", "start"], ["engine", "stop"], ["engine", "status"]])
def test_the_engine_has_four_commands(words: list[str]) -> None:
    assert parse(words).command == " ".join(words)


@pytest.mark.parametrize(
    "words",
    [
        ["--mode", "testnet", "--set", "risk.max_open_orders=3", "engine", "start"],
        ["engine", "--mode", "testnet", "--set", "risk.max_open_orders=3", "start"],
        ["engine", "start", "--set", "risk.max_open_orders=3", "--mode", "testnet"],
        ["--set", "risk.max_open_orders=3", "engine", "start", "--mode=testnet"],
    ],
)
def test_options_may_stand_before_and_after_the_command(words: list[str]) -> None:
    assert parse(words).overrides == {"mode": "testnet", "risk.max_open_orders": "3"}


def test_settings_add_up_and_the_last_word_counts() -> None:
    found = parse(["--set", "a.b=1", "--set", "a.c=x=y", "engine", "run", "--set", "a.b=2"])
    assert found.overrides == {"a.b": "2", "a.c": "x=y"}


def test_the_short_options_are_settings() -> None:
    assert parse(["--read-only", "--exchange", "binance"]).overrides == {
        "exchange.read_only": "true",
        "exchange.name": "binance",
    }


def test_files_and_folders_are_named_in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    found = parse(["--config", "mine.toml", "--home", "here"])
    assert found.config_file == tmp_path / "mine.toml"
    assert found.home == tmp_path / "here"


def test_a_forwarded_command_line_means_the_same_and_hides_what_is_secret() -> None:
    words = ["--mode", "testnet", "--set", "exchange.api_key=K", "--set", "market.book_depth=5", "--config", "/a.toml"]
    found = parse(words)
    forwarded = found.forwarded(hidden=frozenset({"exchange.api_key"}))
    assert "K" not in "".join(forwarded)
    again = parse(["engine", "run", *forwarded])
    assert again.overrides == {"mode": "testnet", "market.book_depth": "5"}
    assert again.config_file == Path("/a.toml")


@pytest.mark.parametrize(("words", "cancels"), [([], None), (["--cancel-orders"], True), (["--leave-orders"], False)])
def test_a_stop_says_what_becomes_of_orders_or_asks(words: list[str], cancels: bool | None) -> None:
    assert parse(["engine", "stop", *words]).cancel_orders is cancels


def test_help_offers_no_mode_that_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    told = capsys.readouterr().out
    assert "{sim,testnet}" in told
    assert "paper" not in told
    assert "live" not in told


def test_what_follows_sim_is_the_simulators() -> None:
    assert parse(["sim", "--port", "0", "--help"]).rest == ("--port", "0", "--help")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["trade"], "trade"),
        (["engine"], "command"),
        (["--mode", "dream"], "dream"),
        (["--set", "nonsense"], "KEY=VALUE"),
        (["--set", "=5"], "KEY=VALUE"),
        (["engine", "stop", "--cancel-orders", "--leave-orders"], "not allowed with"),
        (["--mode", "sim", "sim"], "`sim` comes first"),
        (["engine", "start", "--wait", "nan"], "seconds above 0"),
        (["engine", "start", "--wait", "-1"], "seconds above 0"),
        (["engine", "start", "--wait", "soon"], "seconds above 0"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(words)
    assert caught.value.code == 2
    assert why in capsys.readouterr().err


def test_a_halt_needs_no_words_and_takes_them() -> None:
    found = parse(["halt"])
    assert (found.command, found.flatten, found.reason) == ("halt", False, "")
    found = parse(["halt", "--flatten", "--reason", "too wild"])
    assert (found.flatten, found.reason) == (True, "too wild")
    assert parse(["resume", "--reducing"]).reducing
    assert parse(["engine", "start", "--halted", "too wild"]).halted == "too wild"
    assert parse(["engine", "run"]).halted is None
