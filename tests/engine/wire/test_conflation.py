from __future__ import annotations

from dataclasses import replace

from fks_engine.api import DeskView, Notice, NoticeLevel
from fks_engine.wire.conflation import MOST_NOTICES, PictureMemory, PictureSlot
from tests.desk_views import a_view


def notices(*numbers: int) -> tuple[Notice, ...]:
    return tuple(Notice(number, NoticeLevel.INFO, "Fill", f"number {number}", number) for number in numbers)


def picture(number: int, *told: int, missed_views: int = 0, missed_notices: int = 0) -> DeskView:
    return replace(
        a_view(),
        number=number,
        notices=notices(*told),
        missed_views=missed_views,
        missed_notices=missed_notices,
    )


def taken(slot: PictureSlot) -> DeskView:
    view = slot.take()
    assert view is not None
    return view


def test_a_picture_that_is_taken_in_time_is_passed_on_as_it_is() -> None:
    slot = PictureSlot()
    for number in (1, 2, 3):
        slot.put(picture(number, number))
        assert slot.take() == picture(number, number)
        assert slot.take() is None


def test_the_newest_picture_wins_and_tells_what_the_replaced_ones_told() -> None:
    slot = PictureSlot()
    for number in (1, 2, 3):
        slot.put(picture(number, number))
    assert taken(slot) == picture(3, 1, 2, 3, missed_views=2)


def test_what_was_told_once_is_not_told_again() -> None:
    slot = PictureSlot()
    slot.put(picture(1, 1))
    slot.put(picture(2, 2))
    slot.take()
    slot.put(picture(3, 3))
    assert taken(slot) == picture(3, 3)


def test_a_gap_in_the_numbers_is_counted_once() -> None:
    slot = PictureSlot()
    slot.put(picture(1))
    slot.take()
    slot.put(picture(5))
    assert taken(slot).missed_views == 3
    slot.put(picture(9, missed_views=3))  # this desk owns up to it by itself
    assert taken(slot).missed_views == 3


def test_what_the_desk_itself_missed_is_added_up() -> None:
    slot = PictureSlot()
    slot.put(picture(1, missed_views=2, missed_notices=1))
    slot.put(picture(2, missed_views=1, missed_notices=4))
    view = taken(slot)
    assert (view.missed_views, view.missed_notices) == (4, 5)


def test_notices_beyond_the_bound_are_counted_and_the_newest_kept() -> None:
    slot = PictureSlot()
    for number in range(1, MOST_NOTICES + 31):
        slot.put(picture(number, number))
    view = taken(slot)
    assert view.missed_notices == 30
    assert [notice.number for notice in view.notices] == list(range(31, MOST_NOTICES + 31))


def test_a_reader_who_skips_pictures_is_told_all_that_they_told() -> None:
    memory = PictureMemory()
    for number in (1, 2, 3, 4):
        memory.put(picture(number, number * 10, missed_views=number))
    latest = picture(4, 40, missed_views=4)
    assert memory.since(2, latest) == picture(4, 30, 40, missed_views=7)
    assert memory.since(3, latest) is latest


def test_a_picture_that_tells_nothing_still_hands_on_what_came_before() -> None:
    memory = PictureMemory()
    memory.put(picture(1, 1))
    memory.put(picture(2))
    assert memory.since(0, picture(2)) == picture(2, 1)
    assert memory.since(1, picture(2)) == picture(2)
