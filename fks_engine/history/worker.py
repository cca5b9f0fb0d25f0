"""A process that reads a journal and answers what is asked of it: python -m fks_engine.history.worker FOLDER."""

from __future__ import annotations

import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from fks_engine.api import (
    Exported,
    ExportHistory,
    Failed,
    HistoryRequest,
    OrderLifePage,
    OrderLifeRequest,
    Progress,
    Refused,
)
from fks_engine.errors import JournalError
from fks_engine.history.export import Export, refused_path
from fks_engine.history.frames import LENGTH, packed, unpacked
from fks_engine.history.index import HistoryIndex
from fks_engine.history.life import life_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import HistoryPage
    from fks_engine.history.frames import Message

IDLE_S: Final = 300.0
"""After so long without a question the process ends, and gives back its memory."""
_LOWER: Final = 10
"""How much the engine goes before it where both want a processor."""


def main(folder: Path, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nothing is asked any more, or nobody is there to ask."""
    index = HistoryIndex(folder)

    def tell(message: Message) -> None:
        answers.write(packed(message))
        answers.flush()

    while select.select([questions], [], [], IDLE_S)[0]:
        head = questions.read(LENGTH)
        if len(head) < LENGTH:
            return
        tell(_answered(index, unpacked(questions.read(int.from_bytes(head, "big"))), tell))


def _answered(index: HistoryIndex, question: Message, tell: Callable[[Message], None]) -> Message:
    try:
        if isinstance(question, ExportHistory):
            return _exported(index, question, tell)
        index.refresh()
        return page_of(index, question)
    except JournalError as error:
        return Failed(str(error)) if isinstance(question, ExportHistory) else Refused(str(error))


def page_of(index: HistoryIndex, question: Message) -> HistoryPage | OrderLifePage | Refused:
    """What an index that was read answers to a question."""
    match question:
        case HistoryRequest():
            return index.page(question)
        case OrderLifeRequest(client_order_id=order_id):
            row = index.row(order_id)
            if row is None:
                why = f"; {index.warning}" if index.warning else ""
                return Refused(f"the journal tells of no order {order_id}{why}")
            return OrderLifePage(row.order, life_in(index, row))
    raise AssertionError(f"no question: {type(question).__name__}")


def _exported(index: HistoryIndex, job: ExportHistory, tell: Callable[[Message], None]) -> Message:
    if refused := refused_path(job.path):
        return Failed(refused)
    index.refresh(lambda done, total: tell(Progress(done, total, "bytes of the journal read")))
    export = Export(index, job, lambda done, total: tell(Progress(done, total, "written")))
    rows = export.run()
    return Exported(str(export.path), rows)


def _leave(*_: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)  # so that a half-written export is taken away
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine's Ctrl-C; it ends this process itself
    with suppress(OSError):
        os.nice(_LOWER)
    with suppress(BrokenPipeError), open(0, "rb", buffering=0) as asked, open(1, "wb") as told:
        main(Path(sys.argv[1]), asked, told)
