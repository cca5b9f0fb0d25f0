"""A working order as it is being changed: the text of its numbers, and the replacement or the problems they make."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from fks_engine.api import ReplaceOrder
from fks_tui.formatting import quantity
from fks_tui.typed_numbers import Field, Problem, number_of, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.api import Instrument, Order

_PRECISION = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """What the fields of an order's window hold. The quantity is the whole one, with what is filled already."""

    order: Order
    """As it stands now: what fills meanwhile is taken off what is sent."""
    texts: Mapping[Field, str]
    instrument: Instrument | None = None

    @classmethod
    def of(cls, order: Order) -> OrderChange:
        """The fields as they are opened: nothing is changed yet."""
        return cls(order=order, texts={field: plain(value) for field, value in numbers_of(order).items()})

    @property
    def changes(self) -> dict[Field, Decimal]:
        """The numbers that differ from the order's, rounded to the market's steps where they are known."""
        old = numbers_of(self.order)
        values = {field: self._value(field) for field in self.texts}
        return {
            field: value for field, value in values.items() if isinstance(value, Decimal) and value != old.get(field)
        }

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that keeps the change from being sent."""
        order = self.order
        if not order.status.is_working:
            return (Problem(Field.QUANTITY, "this order is over; there is nothing left to replace"),)
        if order.order_list_id is not None:
            return (Problem(Field.QUANTITY, "the order is one of a list: cancel the list and send a new one"),)
        found = [each for field in self.texts if isinstance(each := self._value(field), Problem)]
        wanted = self._value(Field.QUANTITY)
        if isinstance(wanted, Decimal) and wanted <= order.filled_quantity:
            done = quantity(order.filled_quantity)
            found.append(Problem(Field.QUANTITY, f"{done} is filled already; the whole quantity must be more"))
        if not found and not self.changes:
            found.append(Problem(Field.PRICE, "nothing is changed yet"))
        return tuple(found)

    @property
    def command(self) -> ReplaceOrder | None:
        """The replacement; None while there are problems. A quantity that is not changed is what is left to fill."""
        if self.problems:
            return None
        changes = self.changes
        whole = changes.get(Field.QUANTITY)
        return ReplaceOrder(
            client_order_id=self.order.client_order_id,
            quantity=None if whole is None else whole - self.order.filled_quantity,
            limit_price=changes.get(Field.PRICE),
            stop_price=changes.get(Field.STOP),
            origin="edit",
        )

    def _value(self, field: Field) -> Decimal | Problem:
        number = number_of(self.texts[field], field)
        if isinstance(number, Problem) or self.instrument is None:
            return number
        with localcontext(prec=_PRECISION):
            if field is Field.QUANTITY:
                rounded = self.instrument.quantity_to_step(number)
            else:
                rounded = self.instrument.price_within(self.order.side, number)
        return rounded or Problem(field, f"the {field.words} is less than one step")


def numbers_of(order: Order) -> dict[Field, Decimal]:
    """The numbers of an order that can be changed, in the order in which they are asked for."""
    found = {Field.QUANTITY: order.quantity}
    if order.stop_price is not None and order.order_type.has_stop:
        found[Field.STOP] = order.stop_price
    if order.limit_price is not None and order.order_type.has_limit:
        found[Field.PRICE] = order.limit_price
    return found
