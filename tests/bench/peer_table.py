"""The peer of bench_desk: a plain Textual DataTable whose cells change ten times a second."""

from __future__ import annotations

import random

from textual.app import App, ComposeResult
from textual.widgets import DataTable

ROWS, CELLS = 20, 5


class Table(App[None]):
    """Twenty rows of five changing numbers."""

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_column("market", key="market")
        for cell in range(CELLS):
            table.add_column(f"number {cell}", key=str(cell), width=12)
        for row in range(ROWS):
            table.add_row(f"M{row}/USDT", *("0.00" for _ in range(CELLS)), key=str(row))
        self.set_interval(0.1, self.change)

    def change(self) -> None:
        table = self.query_one(DataTable)
        for row in range(ROWS):
            for cell in range(CELLS):
                table.update_cell(str(row), str(cell), f"{random.uniform(1, 70_000):.2f}")


if __name__ == "__main__":
    Table().run()
