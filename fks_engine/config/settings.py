"""Every setting of FKS: its name, its default, its bounds and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from fks_engine.config.risk_settings import RiskSettings
from fks_engine.config.section import Asset, Markets, Section, listed, uppered
from fks_engine.model import Mode, Timeframe

ENVIRONMENT_PREFIX = "FKS_"
NESTED_DELIMITER = "__"
DEFAULT_WATCHLIST = tuple(
    f"{base}/USDT" for base in ("BTC", "ETH", "SOL", "BNB", "XRP", "DOGE", "ADA", "TRX", "AVAX", "LINK", "DOT", "LTC")
)
_EXCHANGE_NAME = re.compile(r"[a-z0-9]{2,40}")
_SIZE = re.compile(r"\$?[0-9]+(\.[0-9]+)?|[0-9]+(\.[0-9]+)?%")


def _lowered(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _tabled(value: object) -> object:
    """A variable holds a table as `USDT=100000,BTC=2`."""
    if not isinstance(value, str):
        return value
    return {name.strip(): number.strip() for name, _, number in (part.partition("=") for part in value.split(","))}


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _size(value: str) -> str:
    number = Decimal(value.strip("$%")) if _SIZE.fullmatch(value) else Decimal(0)
    if number <= 0 or (value.endswith("%") and number > 100):
        raise ValueError("write base units (0.1), quote units ($500) or a share of what is free, at most 100% (10%)")
    return value


def _exchange_name(value: str) -> str:
    if not _EXCHANGE_NAME.fullmatch(value):
        raise ValueError("write the exchange as ccxt does, in letters and digits: binance, kraken, okx")
    return value


Size = Annotated[str, AfterValidator(_size)]
Theme = Literal["fks-dark", "fks-light", "fks-blue-orange", "fks-contrast", "fks-16"]
Secret = Annotated[SecretStr | None, BeforeValidator(_none_if_blank)]


class ExchangeSettings(Section):
    """The exchange and the account on it; the simulator makes its own keys."""

    name: Annotated[str, BeforeValidator(_lowered), AfterValidator(_exchange_name)] = Field(
        default="binance",
        description="The exchange, by ccxt's id; any but binance needs read_only.",
    )
    api_key: Secret = Field(default=None, description="The account's API key; mode testnet needs it.")
    api_secret: Secret = Field(default=None, description="The secret of api_key. It is never shown.")
    recv_window_ms: int = Field(
        default=5_000, ge=1, le=60_000, description="How late a signed request may reach the exchange, in milliseconds."
    )
    rest_timeout_s: float = Field(
        default=10.0, gt=0, le=120, description="How long to wait for the answer to a request, in seconds."
    )
    rate_reserve_percent: int = Field(
        default=25,
        ge=5,
        le=90,
        description="The share of the exchange's request budget that is kept for orders and cancels, in percent.",
    )
    read_only: bool = Field(
        default=False,
        description="Show the exchange's public production data without keys; the simulator does not start and every "
        "order is denied.",
    )

    @model_validator(mode="after")
    def _other_exchanges_are_read_only(self) -> Self:
        if self.name != "binance" and not self.read_only:
            raise ValueError(f"{self.name} can be looked at only: set exchange.read_only = true, or use --read-only")
        return self

    @model_validator(mode="after")
    def _key_and_secret_belong_together(self) -> Self:
        if (self.api_key is None) != (self.api_secret is None):
            missing, given = ("api_key", "api_secret") if self.api_key is None else ("api_secret", "api_key")
            raise ValueError(f"{given} is set and {missing} is not; set both or neither")
        return self


class SimulatorSettings(Section):
    """The exchange that the engine starts as its child in mode sim."""

    host: str = Field(default="127.0.0.1", min_length=1, description="The address it listens on.")
    port: int = Field(default=0, ge=0, le=65_535, description="The port it listens on; 0 takes a free one.")
    seed: int = Field(default=1, ge=0, description="Same seed, same market.")
    symbols: int = Field(default=20, ge=1, le=400, description="How many markets it lists.")
    drive: Literal["synthetic", "replay"] = Field(
        default="synthetic", description="What moves its prices: seeded order flow, or a recording."
    )
    file: Path | None = Field(default=None, description="The recording (Parquet) that drive = replay plays.")
    speed: float = Field(default=1.0, gt=0, le=10_000, description="How many times faster than real time it runs.")
    rate: float | None = Field(
        default=None, gt=0, le=100_000, description="About how many messages a second it sends; unset is a quiet day."
    )
    control: bool = Field(
        default=False, description="Open a port on which faults can be switched on; for tests of this machine only."
    )
    balance: Annotated[Mapping[Asset, Annotated[Decimal, Field(ge=0)]], BeforeValidator(_tabled)] = Field(
        default={"USDT": Decimal(100_000), "BTC": Decimal(2)},
        min_length=1,
        description="What the account holds at its beginning, by asset.",
    )

    @field_validator("file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @model_validator(mode="after")
    def _a_replay_needs_a_file(self) -> Self:
        if self.drive == "replay" and self.file is None:
            raise ValueError("drive = replay needs file, the recording to play")
        if self.drive == "replay" and self.file is not None and not self.file.is_file():
            raise ValueError(f"{self.file} is not there; file names the recording that drive = replay plays")
        return self


class MarketSettings(Section):
    """Which markets the desk watches, and when their data is too old to trade on."""

    watchlist: Markets = Field(
        default=DEFAULT_WATCHLIST,
        min_length=1,
        max_length=400,
        description="The markets on the quotes screen, in order.",
    )
    reporting_currency: Asset = Field(default="USDT", description="The asset that equity and profit are counted in.")
    stale_after_s: float = Field(
        default=5.0,
        ge=0.5,
        le=3_600,
        description="Age at which a quote or book is stale and orders on it are denied, in seconds.",
    )
    trades_stale_after_s: float = Field(
        default=60.0, ge=0.5, le=3_600, description="Age at which a market's tape counts as stale, in seconds."
    )
    candles_stale_after_s: float = Field(
        default=60.0,
        ge=0.5,
        le=3_600,
        description="Age at which a market's running candle counts as stale, in seconds.",
    )
    book_depth: int = Field(
        default=20, ge=5, le=100, description="Price levels on each side of the book that a desk sees."
    )


class DeskSettings(Section):
    """How the desk behaves in the terminal."""

    views_per_second: int = Field(default=10, ge=1, le=10, description="How often the desk is repainted at most.")
    timeframe: Annotated[Timeframe, BeforeValidator(_lowered)] = Field(
        default=Timeframe.M1, description="The candles a chart opens with."
    )
    confirm_orders: bool = Field(default=True, description="Ask before an order is sent.")
    sizes: Annotated[tuple[Size, ...], BeforeValidator(listed)] = Field(
        default=("$100", "$500", "$1000", "$5000", "10%"),
        min_length=5,
        max_length=5,
        description="The sizes on keys 1 to 5 of the ladder: base units (0.1), quote units ($500) or a share of what "
        "is free (10%).",
    )
    disarm_after_s: float = Field(
        default=60.0, ge=5, le=3_600, description="One-press trading disarms itself after so long without a key."
    )
    sounds: Annotated[tuple[Literal["alert", "fill", "order"], ...], BeforeValidator(listed)] = Field(
        default=("alert",), description="What rings the terminal's bell: alert, fill, order."
    )
    theme: Annotated[Theme | None, BeforeValidator(_none_if_blank)] = Field(
        default=None, description="The desk's theme; unset chooses by what the terminal can show."
    )


class EngineSettings(Section):
    """How the engine keeps its stages alive and how it stops."""

    restart_backoff_min_s: float = Field(
        default=0.5, gt=0, le=60, description="The wait before a failed stage is first started again, in seconds."
    )
    restart_backoff_max_s: float = Field(default=30.0, gt=0, le=3_600, description="The longest such wait, in seconds.")
    order_audit_s: float = Field(
        default=10.0, ge=1, le=600, description="How often working orders are held against the exchange's own list."
    )
    book_audit_s: float = Field(
        default=30.0, ge=1, le=3_600, description="How often the followed books are held against a snapshot."
    )
    stop_deadline_s: float = Field(
        default=10.0,
        gt=0,
        le=120,
        description="How long an ordered stop may take before what is left is ended, in seconds.",
    )

    @model_validator(mode="after")
    def _the_longest_wait_is_not_the_shorter(self) -> Self:
        if self.restart_backoff_max_s < self.restart_backoff_min_s:
            raise ValueError("restart_backoff_max_s must not be less than restart_backoff_min_s")
        return self


class LogSettings(Section):
    """What the engine writes into its log."""

    level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(uppered)] = Field(
        default="INFO", description="The least severe records that are kept."
    )


class Settings(BaseSettings):
    """All settings, frozen. `load_settings` makes them."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=NESTED_DELIMITER,
        env_ignore_empty=True,
        enable_decoding=False,
    )

    mode: Mode = Field(
        default=Mode.SIM,
        description="Where orders go: sim (the simulator on this machine) or testnet (Binance's test network).",
    )
    exchange: ExchangeSettings = Field(
        default_factory=ExchangeSettings, description="The exchange and the account on it."
    )
    simulator: SimulatorSettings = Field(default_factory=SimulatorSettings, description="The simulator of mode sim.")
    market: MarketSettings = Field(default_factory=MarketSettings, description="Markets and the age of their data.")
    risk: RiskSettings = Field(default_factory=RiskSettings, description="The limits every order passes.")
    desk: DeskSettings = Field(default_factory=DeskSettings, description="The desk in the terminal.")
    engine: EngineSettings = Field(default_factory=EngineSettings, description="The engine process.")
    keys: Annotated[Mapping[str, str], BeforeValidator(_tabled)] = Field(
        default={},
        description='Other keys for actions, by the action\'s id as F1 shows it: "order.buy" = "b,f9".',
    )
    log: LogSettings = Field(default_factory=LogSettings, description="The engine's log.")

    _sources: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the values handed over: `load_settings` has merged the places and remembers which gave what."""
        return (init_settings,)

    @field_validator("mode", mode="before")
    @classmethod
    def _a_mode_of_this_version(cls, value: object) -> object:
        word = _lowered(value)
        if word in (Mode.PAPER, Mode.LIVE):  # a tuple: a list or a table cannot be looked up in a set
            raise ValueError("this version of FKS has no such mode yet; use sim or testnet")
        if word not in (Mode.SIM, Mode.TESTNET):
            raise ValueError("it should be sim or testnet")
        return word

    @model_validator(mode="after")
    def _the_testnet_needs_keys(self) -> Self:
        if self.mode is Mode.TESTNET and self.exchange.api_key is None and not self.exchange.read_only:
            raise ValueError(
                "mode testnet needs exchange.api_key and exchange.api_secret, or exchange.read_only = true"
            )
        return self

    def source_of(self, key: str) -> str:
        """Where the value of `key` (`risk.max_order_notional`) comes from: `command line`, a variable, a file, or
        `default`. Raises KeyError for a key that does not exist."""
        if key not in keys():
            raise KeyError(key)
        return self._sources.get(key, "default")

    def with_sources(self, sources: Mapping[str, str]) -> Self:
        """The same settings, knowing where each value comes from."""
        known = self.model_copy()
        known._sources = dict(sources)
        return known


@cache
def keys() -> Mapping[str, FieldInfo]:
    """Every key as fks.toml nests it (`mode`, `risk.max_order_notional`), with pydantic's description of its field."""
    found: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Section):
            found |= {f"{name}.{key}": inner for key, inner in section.model_fields.items()}
        else:
            found[name] = field
    return MappingProxyType(found)


@cache
def section_names() -> frozenset[str]:
    """The tables of fks.toml."""
    return frozenset(key.partition(".")[0] for key in keys() if "." in key)


@cache
def secret_keys() -> frozenset[str]:
    """The keys whose values are shown nowhere."""
    return frozenset(key for key, field in keys().items() if "SecretStr" in str(field.annotation))
