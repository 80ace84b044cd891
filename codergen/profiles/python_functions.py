"""One Python function cut out of a file and put back, by syntax tree and exact text. Pure; raises nothing for bad code
but `NotAFunction`."""

import ast
import io
import textwrap
import tokenize
import warnings
from dataclasses import dataclass

Def = ast.FunctionDef | ast.AsyncFunctionDef


class NotAFunction(Exception):
    """The text does not hold what was looked for; the message says what is wrong, for whoever wrote the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function of a file."""

    path: str
    qualname: str
    start: int
    end: int
    """1-based, inclusive, decorators included."""
    exact: str
    """Its lines as they are in the file, without the last line end."""
    indent: str
    """What stands before its `def`."""
    head: str
    """Decorators and signature to the colon, at column 0."""
    docstring: str
    """Its docstring's lines at column 0 of the body, or empty."""
    body: str
    """The rest, indented by `unit`."""
    unit: str

    @property
    def name(self) -> str:
        return self.qualname.rpartition(".")[2]

    @property
    def source(self) -> str:
        """At column 0, without the docstring."""
        return f"{self.head}\n{self.body}"

    @property
    def lines(self) -> int:
        return self.end - self.start + 1


def parse(text: str) -> ast.Module:
    """Raises NotAFunction for text that is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise NotAFunction(f"it is not valid Python: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotAFunction("it is not valid Python") from error


def function_at(path: str, text: str, line: int) -> Function:
    """The outermost function or method around a line; raises NotAFunction."""
    for qualname, node in walk(parse(text)):
        if first_line(node) <= line <= (node.end_lineno or node.lineno):
            return _cut(path, text, qualname, node)
    raise NotAFunction(f"{path}: line {line} is in no function")


def walk(tree: ast.Module) -> list[tuple[str, Def]]:
    """Functions of a module and methods of its classes with qualified names; not those inside functions."""
    found: list[tuple[str, Def]] = []

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found.append((prefix + node.name, node))
                case ast.ClassDef():
                    visit(node.body, f"{prefix}{node.name}.")
                case ast.If() | ast.Try() | ast.With():
                    visit(node.body, prefix)
                    visit(getattr(node, "orelse", []), prefix)
                case _:
                    pass

    visit(tree.body, "")
    return found


def first_line(node: Def) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _cut(path: str, text: str, qualname: str, node: Def) -> Function:
    start, end = first_line(node), node.end_lineno or node.lineno
    exact = "\n".join(text.split("\n")[start - 1 : end]).removesuffix("\r")
    plain = exact.replace("\r\n", "\n")
    indent = plain[: len(plain) - len(plain.lstrip())]
    if any(line.strip() and not line.startswith(indent) for line in plain.split("\n")):
        raise NotAFunction(f"{path}: {qualname} holds text further left than its `def`, which moving it would change")
    flat = "\n".join(line.removeprefix(indent) for line in plain.split("\n"))
    head, docstring, body = split(flat)
    unit = body[: len(body) - len(body.lstrip(" \t"))] or "    "
    return Function(
        path=path, qualname=qualname, start=start, end=end, exact=exact,
        indent=indent, head=head, docstring=docstring, body=body, unit=unit,
    )  # fmt: skip


def split(source: str) -> tuple[str, str, str]:
    """Head, docstring and body of a function at column 0; raises NotAFunction."""
    node = _only(parse(source))
    row, column = _colon(source)
    lines = source.split("\n")
    rest = lines[row - 1][column:]
    if rest.strip() and not rest.lstrip().startswith("#"):
        return "\n".join([*lines[: row - 1], lines[row - 1][:column]]), "", f"    {rest.strip()}"
    head, after = lines[:row], row
    if ast.get_docstring(node, clean=False) is not None:
        after = node.body[0].end_lineno or row
    body = "\n".join(lines[after : node.end_lineno])
    if not body.strip():
        body = f"{' ' * 4}pass"
    return "\n".join(head), "\n".join(lines[row:after]), body.strip("\n")


def _only(tree: ast.Module) -> Def:
    match tree.body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as node]:
            return node
        case _:
            raise NotAFunction("it is not one function")


def _colon(source: str) -> tuple[int, int]:
    """Row (1-based) and column after the colon that ends the signature."""
    depth, seen = 0, False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and token.string == "def" and depth == 0:
            seen = True
        elif token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
            if seen and depth == 0 and token.string == ":":
                return token.end
    raise NotAFunction("it has no signature")


def rewritten(answer: str, old: Function) -> str:
    """The answer's function as lines for the file: old head, old docstring, new body. Raises NotAFunction.

    Accepts the bare function, one in a fence, one inside its class, and prose around a fence.
    """
    node_source = _find(answer, old)
    head, _, body = split(node_source)
    if _signature(head) != _signature(old.head):
        raise NotAFunction(f"the signature of `{old.name}` must stay as it is")
    flat = "\n".join(part for part in (old.head, old.docstring, body) if part)
    parse(flat)
    if _shape(flat) == _shape(f"{old.head}\n{old.body}"):
        raise NotAFunction("it is the same as the old function")
    lines = [f"{old.indent}{line}" if line.strip() else line.strip() for line in flat.rstrip().split("\n")]
    return ("\r\n" if "\r\n" in old.exact else "\n").join(lines)


def _find(answer: str, old: Function) -> str:
    """Source at column 0 of the function in an answer that has the old one's name."""
    fault = NotAFunction(f"there is no function `{old.name}` in it")
    for text in (*_fenced(answer), answer.partition("```")[0], answer):
        code = textwrap.dedent(text.strip("\n"))
        try:
            tree = parse(code)
        except NotAFunction as error:
            fault = error
            continue
        for qualname, node in walk(tree):
            if qualname.rpartition(".")[2] == old.name:
                lines = code.split("\n")[first_line(node) - 1 : node.end_lineno]
                return textwrap.dedent("\n".join(lines))
    raise fault


def _fenced(answer: str) -> list[str]:
    """Contents of the fences; the last one may lack its end."""
    pieces = answer.split("```")
    return [piece.partition("\n")[2] for piece in pieces[1::2]]


def _signature(head: str) -> str:
    """Kind, name and parameters with defaults; annotations and decorators are put back as they were anyway."""
    node = _only(parse(f"{head}\n    pass"))
    for child in ast.walk(node.args):
        if isinstance(child, ast.arg):
            child.annotation = None
    return f"{type(node).__name__} {node.name} {ast.dump(node.args)}"


def _shape(flat: str) -> str:
    """What the code does, without layout, comments and docstring."""
    node = _only(parse(flat))
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
    return "\n".join(ast.dump(statement) for statement in node.body)


def unique_edit(text: str, function: Function, new: str) -> tuple[str, str]:
    """Old and new text for an exact replacement: the function with as many lines before it as make it unique."""
    lines = text.split("\n")
    first = function.start - 1
    old = function.exact
    while text.count(old) > 1 and first > 0:
        first -= 1
        old, new = f"{lines[first]}\n{old}", f"{lines[first]}\n{new}"
    return old, new
