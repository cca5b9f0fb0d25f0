"""`fks doctor`: checks this machine, the settings, the engine and the exchange, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from fks_engine.cli.doctor_exchange import exchange_findings
from fks_engine.cli.doctor_machine import Finding, Verdict, folder_findings, machine_findings, socket_finding
from fks_engine.cli.engine_process import kind, running
from fks_engine.cli.reading import read_settings
from fks_engine.errors import ConfigError, EngineError

if TYPE_CHECKING:
    from fks_engine.api import DeskView
    from fks_engine.cli.arguments import Arguments
    from fks_engine.config import Folders


def run(arguments: Arguments) -> int:
    """Check everything, printing each finding as it is made; the code is 1 where anything fails."""
    verdicts = [_told(finding) for finding in machine_findings()]
    try:
        settings, folders = read_settings(arguments)
    except ConfigError as error:
        verdicts += [_told(Finding(Verdict.FAIL, "settings", problem, "")) for problem in error.problems]
        return _closing(verdicts)
    verdicts.append(_told(Finding(Verdict.OK, "settings", f"mode {settings.mode.value}, {folders.settings_file}")))
    verdicts += [_told(finding) for finding in folder_findings(folders)]
    verdicts.append(_told(socket_finding(folders)))
    view, finding = _engine(folders)
    verdicts.append(_told(finding))
    verdicts += [_told(finding) for finding in anyio.run(exchange_findings, settings, folders, view is not None)]
    return _closing(verdicts)


def _engine(folders: Folders) -> tuple[DeskView | None, Finding]:
    try:
        view = anyio.run(running, folders)
    except EngineError as error:
        return None, Finding(Verdict.FAIL, "engine", str(error), "")
    if view is None:
        return None, Finding(Verdict.OK, "engine", "not running; `fks` starts it")
    engine = view.engine
    return view, Finding(Verdict.OK, "engine", f"running: pid {engine.pid}, fks {engine.version}, {kind(engine)}")


def _told(finding: Finding) -> Verdict:
    print(f"{finding.verdict.value:<4}  {finding.subject:<10}  {finding.text}", flush=True)
    if finding.remedy:
        print(f"{'':<18}{finding.remedy}", flush=True)
    return finding.verdict


def _closing(verdicts: list[Verdict]) -> int:
    failed = verdicts.count(Verdict.FAIL)
    print(f"\n{failed} to mend" if failed else "\nall is well", flush=True)
    return 1 if failed else 0
