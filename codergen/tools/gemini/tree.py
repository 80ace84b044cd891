"""The listing of the workspace that a session of this family begins with."""

from codergen.errors import ToolMisuse
from codergen.profiles.gemini import TREE_ITEMS, drawn
from codergen.sandbox.base import Sandbox
from codergen.tools.gemini.ignoring import OWN_IGNORE_FILE
from codergen.tools.search import Folder, Where, folder_tree
from codergen.tools.wording import Wording


async def session_tree(sandbox: Sandbox, root: str, wording: Wording) -> str:
    """Empty where nothing can be listed: without a Python inside. Raises SandboxError."""
    where = Where(root=root, folder=root, ignore_files=(OWN_IGNORE_FILE,))
    try:
        found = await folder_tree(sandbox, where, TREE_ITEMS)
    except ToolMisuse:
        return ""
    return drawn(found, root, wording) if isinstance(found, Folder) else ""
