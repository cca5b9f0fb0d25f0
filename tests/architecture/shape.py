"""The rules that one file alone can break: size, docstring, names, leftovers, swallowed errors, stray output."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from tests.architecture.layers import part_of
from tests.architecture.source import Module

LONGEST_FILE = 400
LONGEST_FUNCTION = 59
MOST_METHODS = 25
LONGEST = {"fks_tui/app.py": 150}
"""Files with a limit of their own, in lines."""

FILE_NAMES_THAT_SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "types", "constants"})
MANAGERS = frozenset({"fks_engine/orders/manager.py", "tests/engine/orders/test_manager.py"})
WORDS_NOT_OURS = {
    "pair": "instrument",
    "pairs": "instruments",
    "amount": "quantity",
    "amounts": "quantities",
    "ticker": "quote",
    "tickers": "quotes",
    "venue": "exchange",
    "venues": "exchanges",
    "bar": "candle",
    "bars": "candles",
}
"""Each word that is not used as a whole name, and ours for it."""
SPEAK_THE_EXCHANGES_WORDS = (
    "fks_engine.simulator",
    "fks_engine.exchange",
    "tests.engine.simulator",
    "tests.engine.exchange",
)
MAY_CATCH_EVERYTHING = {
    "fks_engine/resilience/supervisor.py": "a stage that fails for any reason is logged, counted, shown and restarted",
}
"""The files that may catch every exception, and why."""
MAY_PRINT = ("fks_engine.cli", "fks_engine.simulator.__main__", "fks_tui.__main__", "tests.bench")
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
EMOJI = re.compile("[\U0001f000-\U0001faff\ufe0f\u2705\u274c\u274e\u2728\u2757\u26a1\u2b50]")
OF_THE_RULES = "tests.architecture"


def oversized(modules: Iterable[Module]) -> Iterator[str]:
    """Files, functions and classes that have grown too large to be read at once."""
    for module in modules:
        limit = LONGEST.get(module.path, LONGEST_FILE)
        lines = module.text.count("\n")
        if lines > limit:
            yield module.at(limit, f"{lines} lines, {limit} allowed; split it by noun")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    yield module.at(
                        node.lineno, f"{node.name} has {length} lines, {LONGEST_FUNCTION} allowed; split it"
                    )
            elif isinstance(node, ast.ClassDef):
                methods = sum(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body)
                if methods > MOST_METHODS:
                    yield module.at(node.lineno, f"{node.name} has {methods} methods, {MOST_METHODS} allowed; split it")


def undescribed(modules: Iterable[Module]) -> Iterator[str]:
    """Modules whose docstring cannot serve as their line in the README's map."""
    for module in modules:
        if module.is_test:
            continue
        docstring = ast.get_docstring(module.tree) or ""
        line = docstring.partition("\n")[0].strip()
        if not line:
            yield module.at(1, "has no docstring; say in one sentence what it is, for the README's map")
        elif not line.endswith("."):
            yield module.at(1, "the docstring's first line is no sentence; end it with a full stop on that line")
        elif re.match(r"(?i)(this|the) (module|file|package)\b|(module|file|package) (that|which|for|to)\b", line):
            yield module.at(1, "the docstring speaks of the module; name the thing itself")


def empty_names(modules: Iterable[Module]) -> Iterator[str]:
    """Files whose name does not say what they hold."""
    for module in modules:
        for part in module.name.split("."):
            if part.removeprefix("test_") in FILE_NAMES_THAT_SAY_NOTHING:
                yield module.at(1, f"{part} says nothing; name the file after the noun it holds")
        if module.name.endswith("manager") and module.path not in MANAGERS:
            yield module.at(1, "only orders/manager is a manager; name the file after the noun it holds")


def foreign_words(modules: Iterable[Module]) -> Iterator[str]:
    """Names of ours that use another word than the table of names."""
    for module in modules:
        if part_of(module.name, SPEAK_THE_EXCHANGES_WORDS):
            continue
        for name, line in _names_made(module.tree):
            ours = WORDS_NOT_OURS.get(name.strip("_").lower())
            if ours:
                yield module.at(line, f"{name!r} is not our word; say {ours!r} or what it is here")


def _names_made(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that a module gives: classes, functions, parameters, variables, attributes, import aliases."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from ((alias.asname, node.lineno) for alias in aliases if alias.asname)


def swallowers(modules: Iterable[Module]) -> Iterator[str]:
    """Handlers that catch everything and do not raise it again."""
    for module in modules:
        if module.path in MAY_CATCH_EVERYTHING:
            continue
        for node in ast.walk(module.tree):
            match node:
                case ast.ExceptHandler(type=caught) if _is_everything(caught) and not _raises_again(node):
                    yield module.at(node.lineno, "catches every exception; name the ones that are expected here")
                case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=caught_here):
                    if any(_is_everything(caught) for caught in caught_here):
                        yield module.at(node.lineno, "suppresses every exception; name the ones that are expected here")


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """True for `except BaseException: undo(); raise`, which tidies up and swallows nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_everything(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id=name):
            return name in {"Exception", "BaseException"}
        case ast.Tuple(elts=several):
            return any(_is_everything(each) for each in several)
    return False


def leftovers(modules: Iterable[Module]) -> Iterator[str]:
    """Marks of unfinished work, and functions with nothing in them."""
    for module in modules:
        if part_of(module.name, [OF_THE_RULES]):
            continue
        for number, line in enumerate(module.text.splitlines(), start=1):
            if found := LEFTOVER.search(line):
                yield module.at(number, f"{found[0]}: finish it, or open an issue and take the mark away")
        if not module.is_test:
            yield from _stubs(module)


def _stubs(module: Module) -> Iterator[str]:
    for holder in ast.walk(module.tree):
        if isinstance(holder, ast.ClassDef) and _only_declares(holder):
            continue
        for node in ast.iter_child_nodes(holder):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list and _is_empty(node):
                yield module.at(node.lineno, f"{node.name} does nothing; write it or take it away")


def _only_declares(node: ast.ClassDef) -> bool:
    bases = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return any(getattr(base, "attr", getattr(base, "id", "")) == "Protocol" for base in bases)


def _is_empty(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True for a body of `pass` or `...`; one of a docstring alone is a hook that does nothing by default."""
    said = node.body[1:] if ast.get_docstring(node) else node.body
    return bool(said) and all(_says_nothing(part) for part in said)


def _says_nothing(part: ast.stmt) -> bool:
    return isinstance(part, ast.Pass) or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))


def printers(modules: Iterable[Module]) -> Iterator[str]:
    """Output to the terminal from code that is no command."""
    for module in modules:
        if part_of(module.name, (*MAY_PRINT, OF_THE_RULES)):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield module.at(node.lineno, "prints; only the command line prints, the rest logs or raises")


def emoji(path: str, text: str) -> Iterator[str]:
    """Emoji in a text file."""
    for number, line in enumerate(text.splitlines(), start=1):
        if EMOJI.search(line):
            yield f"{path}:{number}: an emoji; say it in words"
