"""A GBNF grammar that leaves a small model nothing to say but the body of one function. Pure."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(text: str) -> str:
    """`text` as a GBNF terminal."""
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'


def function_grammar(head: str, unit: str, *, backticks: bool = False, comments: bool = False) -> str:
    """The function with this head (decorators and signature, at column 0) and any body indented by `unit`.

    Every line of the body is indented, so the answer cannot leave the function; it may end after any line. The first
    statement is no string: the docstring is kept by whoever puts the answer back. No backtick means no fence, so they
    are allowed only where the old function has some; so are comment lines, which small models else end with.
    A closing fence is the one other ending: models that want to write it would go on inside the function instead.
    """
    other = "" if backticks else "`"
    start = other if comments else f"{other}#"
    rules = (
        "root ::= head first more* end?",
        f"head ::= {literal(head.rstrip() + chr(10))}",
        f"first ::= {literal(unit)} [^ \\t\\n\"'{start}] rest",
        f'more ::= "\\n" {literal(unit)} [ \\t]* [^ \\t\\n{start}] rest',
        'end ::= "\\n```"',
        f"rest ::= [^\\n{other}]*",
    )
    return "\n".join(rules) + "\n"
