"""Head and tail of a stream, in bounded memory."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Kept:
    """Head and tail of one stream; memory stays below three halves and a chunk however much comes."""

    keep: int
    total: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self.keep - self.keep // 2 - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        if len(self._tail) > self.keep:
            self._trim()

    @property
    def dropped(self) -> int:
        return max(0, self.total - self.keep)

    def parts(self) -> tuple[bytes, bytes]:
        """Head and tail; `dropped` bytes are missing between them."""
        self._trim()
        return bytes(self._head), bytes(self._tail)

    def value(self) -> bytes:
        """Head and tail, with one line that says how much is missing between them."""
        head, tail = self.parts()
        if not self.dropped:
            return head + tail
        return head + f"\n[... {self.dropped} bytes dropped ...]\n".encode() + tail

    def _trim(self) -> None:
        half = self.keep // 2
        if len(self._tail) > half:
            del self._tail[: len(self._tail) - half]
