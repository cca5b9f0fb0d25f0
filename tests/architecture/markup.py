"""The rules that keep words from outside from being read as markup: names, denials and paths may hold brackets."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.architecture.layers import part_of
from tests.architecture.source import Module

SCREENS = ("fks_tui",)
WRITES_FRAMES = "fks_tui.frame_words"
TELLS_TOASTS = "fks_tui.terminal_app"
FRAMES = frozenset({"border_title", "border_subtitle"})
SHOWS_WORDS = frozenset({"Static", "Label", "Button", "Option"})


def frames(modules: Iterable[Module]) -> Iterator[str]:
    """Frames that are written past `entitle` with anything but words of our own."""
    for module in _of_the_desk(modules, but=WRITES_FRAMES):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assign) and not _is_ours(node.value):
                named = [part for target in node.targets for part in ast.walk(target)]
                if any(isinstance(part, ast.Attribute) and part.attr in FRAMES for part in named):
                    yield module.at(node.lineno, "words in a frame may be markup; write them with entitle")


def markup(modules: Iterable[Module]) -> Iterator[str]:
    """Texts that are read as markup: asked for, or given to a widget that does so with any string."""
    for module in _of_the_desk(modules, but=TELLS_TOASTS):
        calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
        plain = {id(part) for call in calls if _says_markup(call) is False for part in ast.walk(call)}
        makers = _content_makers(module.tree)
        for call in calls:
            name = _name(call.func)
            if name == "from_markup" or _says_markup(call) is True:
                yield module.at(call.lineno, "reads words as markup; make a Content of them")
            elif name in SHOWS_WORDS and call.args and id(call) not in plain and not _is_safe(call.args[0], makers):
                yield module.at(call.lineno, f"{name} reads words as markup; give it a Content, or markup=False")


def _of_the_desk(modules: Iterable[Module], *, but: str) -> Iterator[Module]:
    return (module for module in modules if part_of(module.name, SCREENS) and module.name != but)


def _is_ours(value: ast.expr) -> bool:
    """True for words that stand in the source, without a bracket."""
    words = value.value if isinstance(value, ast.Constant) else None
    return isinstance(words, str) and words != "" and "[" not in words


def _is_safe(value: ast.expr, makers: frozenset[str]) -> bool:
    """True for our own words, Content(...), Content.assemble(...), and a function that promises a Content."""
    if _is_ours(value):
        return True
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Attribute) and _name(value.func.value) == "Content":
        return True
    return _name(value.func) in makers


def _content_makers(tree: ast.Module) -> frozenset[str]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    promised = (each.name for each in functions if each.returns and _name(each.returns) == "Content")
    return frozenset({"Content", *promised})


def _says_markup(call: ast.Call) -> bool | None:
    """What the call says of markup; None where it says nothing, True where it says anything but False."""
    said = next((each.value for each in call.keywords if each.arg == "markup"), None)
    return None if said is None else not (isinstance(said, ast.Constant) and said.value is False)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
