"""`view_image`: a picture of the workspace, shown to the model."""

import base64
from collections.abc import Sequence
from dataclasses import replace

from codergen.errors import FileRefused, PathEscape
from codergen.tools.base import Intent, ToolContext, ToolResult
from codergen.tools.codex.arguments import Loose
from codergen.tools.codex.told import told
from codergen.tools.patch_plan import GONE, absolute
from codergen.tools.wording import Wording
from providers.types import MediaPart

_BEGINNINGS: Sequence[tuple[bytes, str]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


class ViewImageArguments(Loose):
    path: str


class ViewImage:
    """What a picture is, its first bytes say, not its name."""

    name = "view_image"
    description = "Look at a picture."
    arguments = ViewImageArguments

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def intent(self, args: ViewImageArguments, /) -> Intent:
        return Intent(act="read", paths=(args.path,))

    async def run(self, args: ViewImageArguments, context: ToolContext, /) -> ToolResult:
        path = absolute(context.root, args.path)
        try:
            data = await context.sandbox.read_file(path)
        except FileNotFoundError:
            return told(self._wording, "view_image.missing", path=path, why=GONE.why)
        except (PathEscape, FileRefused) as error:
            return told(self._wording, "view_image.refused", path=path, why=error)
        kind = kind_of(data)
        if kind is None:
            return told(self._wording, "view_image.unreadable")
        picture = MediaPart(media_type=kind, data=base64.b64encode(data).decode(), detail="original")
        return replace(told(self._wording, "view_image.shown", {"path": path}), media=(picture,))


def kind_of(data: bytes) -> str | None:
    """The media type of a picture; None for what is none that models are shown."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in _BEGINNINGS if data.startswith(begins)), None)
