"""Records seen so far, newest first."""

from __future__ import annotations

from fks_engine.api import Order, OrderStatus
from fks_tui.record_history import MOST, PAGE, RecordHistory
from tests.desk_views import NOW, an_order


def a_history() -> RecordHistory[str, Order]:
    return RecordHistory(lambda order: order.client_order_id, lambda order: order.ts_updated)


class TestRecordHistory:
    def test_records_stand_newest_first_whatever_their_order_of_arrival(self) -> None:
        history = a_history()
        history.add([an_order(3), an_order(1)])
        history.add([an_order(2)])
        assert [order.client_order_id for order in history.newest_first] == ["fks-000001", "fks-000002", "fks-000003"]

    def test_a_newer_form_replaces_the_older_one_and_never_the_other_way_round(self) -> None:
        history = a_history()
        newer = an_order(1, status=OrderStatus.FILLED, ts_updated=NOW)
        history.add([newer])
        history.add([an_order(1)])
        assert history.newest_first == (newer,)

    def test_nothing_new_keeps_the_same_tuple(self) -> None:
        history = a_history()
        history.add([an_order(1)])
        before = history.newest_first
        history.add([an_order(1)])
        assert history.newest_first is before

    def test_it_is_complete_once_all_pages_were_asked_for(self) -> None:
        history = a_history()
        assert not history.is_complete
        history.add_page(0, [an_order(1)], total=PAGE + 1)
        assert not history.is_complete
        history.add_page(PAGE, [], total=PAGE + 1)
        assert history.is_complete

    def test_it_is_bounded(self) -> None:
        history = a_history()
        history.add(an_order(number) for number in range(MOST + 10))
        assert len(history.newest_first) == MOST
        assert history.is_complete

    def test_a_new_session_forgets_everything(self) -> None:
        history = a_history()
        history.add_page(0, [an_order(1)], total=1)
        history.clear()
        assert (history.newest_first, history.asked, history.total) == ((), 0, None)

    def test_a_picture_that_holds_nothing_known_asks_for_the_pages_again_until_they_meet(self) -> None:
        history = a_history()
        history.add_page(0, [an_order(1)], total=1)
        assert history.is_complete
        newest = [an_order(number, ts_updated=NOW + number) for number in range(200, 250)]
        assert history.add_newest(newest)
        assert (history.is_complete, history.has_gap, history.asked) == (False, True, 0)
        history.add_page(0, [an_order(number, ts_updated=NOW + number) for number in range(150, 250)], total=150)
        assert history.has_gap
        history.add_page(PAGE, [an_order(number, ts_updated=NOW + number) for number in range(101, 150)], total=150)
        assert (history.is_complete, len(history.newest_first)) == (True, 150)

    def test_a_picture_that_meets_what_is_known_leaves_no_gap(self) -> None:
        history = a_history()
        history.add_page(0, [an_order(1)], total=1)
        assert not history.add_newest([an_order(2), an_order(1)])
        assert history.is_complete

    def test_a_page_from_before_the_gap_was_seen_is_no_step_ahead(self) -> None:
        history = a_history()
        history.add_page(0, [an_order(1)], total=PAGE + 1)
        assert history.add_newest([an_order(2)])
        history.add_page(PAGE, [an_order(3)], total=PAGE + 1)
        assert (history.has_gap, history.asked) == (True, 0)
