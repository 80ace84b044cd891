"""A small MCP server of several tempers, written with the package mcp: `python server.py TEMPER [FOLDER]`."""

import base64
import os
import sys
import time
from pathlib import Path

from mcp.server import MCPServer
from mcp.server.mcpserver import Context, Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations


def build(temper: str) -> MCPServer:
    server = MCPServer("small", version="1")
    out = os.dup(1)  # the package takes the real one away while it runs

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    def add(a: int, b: int) -> str:
        """Add two numbers."""
        return str(a + b)

    @server.tool()
    def environment() -> dict[str, str]:
        """What the server was given."""
        return dict(os.environ)

    @server.tool()
    def fail() -> str:
        """Always fails."""
        raise ToolError("no such thing")

    @server.tool()
    def die() -> str:
        """Ends the server in the middle."""
        print("I am dying", file=sys.stderr, flush=True)
        os._exit(3)

    @server.tool()
    def hang() -> str:
        """Never answers."""
        time.sleep(3600)
        return ""

    @server.tool()
    def picture() -> Image:
        """A picture."""
        return Image(data=base64.b64decode("iVBORw0KGgo="), format="png")

    @server.tool()
    def flood() -> str:
        """Writes without end."""
        while True:
            os.write(out, b'{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n' * 100)

    @server.tool()
    def long_line() -> str:
        """Writes a line without end."""
        while True:
            os.write(out, b"x" * 65536)

    @server.tool()
    def garbage() -> str:
        """Writes what is no message, then answers."""
        os.write(out, b'not json\n{"jsonrpc":"2.0"}\n\xff\xfe\n[]\n')
        return "still here"

    @server.tool(name="grow.up")
    async def grow(context: Context) -> str:
        """Adds a tool."""

        def newcomer() -> str:
            """Came later."""
            return "new"

        server.add_tool(newcomer)
        await context.notify_tools_changed()
        return "grown"

    if temper == "many":
        for number in range(200):
            server.add_tool(lambda: "many", name=f"tool_{number}", description=f"Number {number}. " + "words " * 100)
    return server


def main() -> None:
    temper = sys.argv[1]
    match temper:
        case "silent":
            time.sleep(3600)
        case "broken":
            print("cannot find my settings", file=sys.stderr)
            raise SystemExit(2)
        case "once":
            mark = Path(sys.argv[2]) / "started"
            if mark.exists():
                raise SystemExit(4)
            mark.touch()
        case _:
            pass
    build(temper).run()


if __name__ == "__main__":
    main()
