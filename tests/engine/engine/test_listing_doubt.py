"""A list of markets that lacks what is needed is asked for again; one that keeps lacking it is believed, and told."""

from __future__ import annotations

import pytest

from fks_engine.api import NoticeLevel
from fks_engine.engine.listing_doubt import AGREEING_REFUSED, ListingDoubt
from fks_engine.errors import MalformedData
from fks_engine.model import instrument_id

BNB, BTC, ETH = (instrument_id("binance", f"{base}/USDT") for base in ("BNB", "BTC", "ETH"))


class Told:
    """A doubt and what it told."""

    def __init__(self) -> None:
        self.notices: list[tuple[NoticeLevel, str, str]] = []
        self.doubt = ListingDoubt(lambda *told: self.notices.append(told))


def test_a_list_that_lacks_a_working_orders_market_is_refused_and_the_whole_one_taken() -> None:
    told = Told()
    with pytest.raises(MalformedData, match="lacks BNB/USDT; it is asked for again"):
        told.doubt.examine({BTC, ETH}, (BTC,), (BNB,))
    told.doubt.examine({BTC, ETH, BNB}, (BTC,), (BNB,))
    assert told.notices == []


def test_lists_that_lack_different_markets_do_not_agree() -> None:
    told = Told()
    for _ in range(AGREEING_REFUSED):
        for listed in ({BTC}, {BNB}):
            with pytest.raises(MalformedData):
                told.doubt.examine(listed, (), (BTC, BNB))


def test_a_market_that_lists_in_agreement_lack_is_believed_to_be_gone_and_told() -> None:
    told = Told()
    for _ in range(AGREEING_REFUSED):
        with pytest.raises(MalformedData):
            told.doubt.examine({BTC}, (), (BNB,))
    told.doubt.examine({BTC}, (), (BNB,))
    (notice,) = told.notices
    assert notice[0] is NoticeLevel.ERROR
    assert "BNB/USDT" in notice[2]


def test_a_market_of_the_watchlist_alone_is_asked_for_again_without_an_error_of_its_own() -> None:
    told = Told()
    for _ in range(AGREEING_REFUSED):
        with pytest.raises(MalformedData):
            told.doubt.examine({BTC}, (ETH,), ())
    told.doubt.examine({BTC}, (ETH,), ())
    assert told.notices == []
