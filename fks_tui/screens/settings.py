"""The settings screen: each setting, its value, and where the value comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.containers import Vertical
from textual.content import Content

from fks_engine.api import ConnectionLost, SettingsPage, SettingsRequest
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskScreen
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import ScreenResume

    from fks_engine.api import DeskView, SettingRow

_COLUMNS = (
    Column("key", "Setting", 0, most=44),
    Column("value", "Value", 1, grows=True, most=64, least=16),
    Column("source", "From", 2, most=36),
    Column("default", "Default", 3, most=44),
)
_EMPTY = "Not known yet: the engine has not answered."


class SettingsScreen(DeskScreen):
    """What the engine and this desk run with. Both read fks.toml when they start; this only shows it."""

    MODE = "settings"
    TITLE = "Settings"

    def panes(self) -> ComposeResult:
        """The table, and what the line under the cursor means."""
        self._rows: dict[str, SettingRow] = {}
        self._started = 0
        self._table: RecordTable[str] = RecordTable(_COLUMNS, _EMPTY, id="settings")
        self._problems = SteadyText(classes="key-problems")
        self._meaning = SteadyText(classes="meaning")
        yield self._problems
        with Vertical(classes="panel") as box:
            box.border_title = "Settings"
            yield self._table
        yield self._meaning

    def on_mount(self) -> None:
        """Begin in the table."""
        super().on_mount()
        self.set_focus(self._table)
        self._tell_problems()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Look again whether the file was changed."""
        super().on_screen_resume(event)
        self._tell_problems()

    def _tell_problems(self) -> None:
        """What of the settings is not in force, and why."""
        asked = self.options.settings
        problems = [
            *self.options.key_problems,
            *(
                f"{row.key}: the engine runs with {self._rows[row.key].value}, {row.source} says {row.value}"
                "; `fks engine stop`, then `fks` takes it"
                for row in asked.still_unmet(self._rows.values()).values()
            ),
        ]
        if asked.file is not None and asked.is_file_newer:
            problems.append(
                f"{asked.file.name} was changed after it was read: a desk opened anew takes [desk] and [keys], "
                "an engine started anew the rest"
            )
        self._problems.display = bool(problems)
        self._problems.tell(*(Content(problem) for problem in problems))

    def show(self, view: DeskView) -> None:
        """Ask again where another engine answers."""
        if view.engine.started_ts != self._started:
            self._started = view.engine.started_ts
            self._load()
        self._explain()

    @work(exclusive=True, group="settings")
    async def _load(self) -> None:
        try:
            page = await self.desk.query(SettingsRequest())
        except ConnectionLost:
            self._started = 0
            return
        if isinstance(page, SettingsPage):
            asked = self.options.settings
            self._rows = {row.key: row for row in asked.in_force(page.items)}
            unmet = asked.still_unmet(page.items)
            self._table.show([_record(row, unmet.get(row.key)) for row in self._rows.values()])
            changed = sum(row.source != "default" for row in self._rows.values())
            box = self._table.parent
            if isinstance(box, Vertical):
                entitle(box, subtitle=f"{changed} changed · {asked.file or page.config_file}")
            self._tell_problems()
            self._explain()

    def _explain(self) -> None:
        row = self._rows.get(self._table.cursor_key or "")
        if row is not None:
            variable = f"FKS_{row.key.upper().replace('.', '__')}"
            self._meaning.tell(row.help, Content.assemble((f"{row.key} in fks.toml, or {variable}", "$muted")))


def _record(row: SettingRow, asked: SettingRow | None) -> Record[str]:
    changed = row.source != "default"
    value = row.value if asked is None else f"{row.value} (asked: {asked.value})"
    return Record(
        row.key,
        {
            "key": Cell(row.key, "strong" if changed else ""),
            "value": Cell(value, "warning" if changed or asked else ""),
            "source": Cell(f"● {row.source}" if changed else row.source, "" if changed else "muted"),
            "default": Cell(row.default, "muted"),
        },
    )
