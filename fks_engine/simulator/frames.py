"""WebSocket text frames of queued messages, joined for one write."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import deque

BATCH_BYTES = 128 * 1024
"""What is joined at most; a larger message goes alone."""
_FINAL_TEXT = 0x81
_SHORT, _MEDIUM = 126, 65_536
_HEADERS = [bytes((_FINAL_TEXT, length)) for length in range(_SHORT)]


def take_frames(queue: deque[bytes]) -> tuple[bytes, int]:
    """Take messages from the left of a queue that is not empty; their frames, and how many bytes of messages."""
    parts: list[bytes] = []
    taken = 0
    while queue and (not parts or taken + len(queue[0]) <= BATCH_BYTES):
        message = queue.popleft()
        length = len(message)
        taken += length
        if length < _SHORT:
            parts += (_HEADERS[length], message)
        elif length < _MEDIUM:
            parts += (b"\x81\x7e" + length.to_bytes(2, "big"), message)
        else:
            parts += (b"\x81\x7f" + length.to_bytes(8, "big"), message)
    return b"".join(parts), taken
