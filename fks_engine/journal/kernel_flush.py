"""A flush that Linux carries out by itself and tells of: no thread of ours waits for the disk."""

from __future__ import annotations

import asyncio
import ctypes
import os
import platform
import sys
from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Done = Callable[[OSError | None], None]


class _Calls(NamedTuple):
    """The numbers of the system calls; none of them has a function in the C library."""

    setup: int
    destroy: int
    submit: int
    events: int


_BY_MACHINE: Final = {"x86_64": _Calls(206, 207, 209, 208), "aarch64": _Calls(0, 1, 2, 4)}
_REQUEST: Final = Struct("<QIIHhiQQqQII")
"""`struct iocb`: data, key, flags, operation, priority, file, buffer, bytes, offset, reserved, flags, event file."""
_EVENT: Final = Struct("<QQqq")
"""`struct io_event`: data, request, result, second result."""
_FDATASYNC: Final = 3
_TELL_EVENT_FILE: Final = 1


def kernel_flush() -> KernelFlush | None:
    """One for the running loop; None where this system offers none."""
    calls = _BY_MACHINE.get(platform.machine())
    if sys.platform != "linux" or sys.byteorder != "little" or ctypes.sizeof(ctypes.c_void_p) != 8 or calls is None:
        return None
    try:
        return KernelFlush(calls)
    except OSError:  # a sandbox may forbid it, and the number of such contexts is limited
        return None


class KernelFlush:
    """One flush at a time. Its end is told on the loop it was made in."""

    def __init__(self, calls: _Calls) -> None:
        """Raises OSError where the kernel refuses."""
        self._calls = calls
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long
        self._syscall.argtypes = [ctypes.c_long] * 6
        context = ctypes.c_ulong(0)
        self._call(calls.setup, 1, ctypes.addressof(context))
        self._context = context.value
        try:
            self._event_file = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        except OSError:
            self._call(calls.destroy, self._context)  # the number of them is limited for the whole machine
            raise
        self._request = ctypes.create_string_buffer(_REQUEST.size)
        self._requests = (ctypes.c_void_p * 1)(ctypes.addressof(self._request))
        self._event = ctypes.create_string_buffer(_EVENT.size)
        self._done: Done | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._event_file, self._told)

    def begin(self, file: int, done: Done) -> None:
        """Force what was written to `file` to the disk; `done` hears of it. Raises OSError where it cannot begin."""
        _REQUEST.pack_into(
            self._request, 0, 0, 0, 0, _FDATASYNC, 0, file, 0, 0, 0, 0, _TELL_EVENT_FILE, self._event_file
        )
        self._call(self._calls.submit, self._context, 1, ctypes.addressof(self._requests))
        self._done = done

    def close(self) -> None:
        """Let go of the kernel's part; nothing may be under way."""
        self._loop.remove_reader(self._event_file)
        self._call(self._calls.destroy, self._context)
        os.close(self._event_file)

    def _told(self) -> None:
        os.eventfd_read(self._event_file)
        found = self._call(self._calls.events, self._context, 0, 1, ctypes.addressof(self._event), 0)
        done, self._done = self._done, None
        if not found or done is None:
            self._done = done
            return
        _, _, result, _ = _EVENT.unpack(self._event.raw)
        done(OSError(-result, os.strerror(-result)) if result < 0 else None)

    def _call(self, number: int, *given: int) -> int:
        result = int(self._syscall(number, *given, *(0,) * (5 - len(given))))
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result
