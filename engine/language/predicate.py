"""From a checked definition to a fast function: Python source, with every literal and name bound as a constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from engine.language.definition import Definition
from engine.language.leaves import field_of, python
from engine.language.nodes import All, And, Did, Include, Node, Not, Or, Test
from engine.language.operators import did
from engine.language.operators.kinds import PYTHON_TYPES
from engine.language.types import Fields

Predicate = Callable[[Fields, int, Mapping[str, bool]], bool]
"""From a profile's fields, now, and the verdicts of included audiences, to the verdict."""


def compile_predicate(definition: Definition) -> Predicate:
    """Compile a definition; the function is pure and may be shared."""
    writer = _Writer()
    source = f"def predicate(fields, now, included):\n return {writer.write(definition.root)}"
    exec(compile(source, "<definition>", "exec"), writer.constants)
    return cast(Predicate, writer.constants["predicate"])


@dataclass(slots=True)
class _Writer:
    """Writes expressions. Only names that it makes itself get into the source: `k1` and so on."""

    constants: dict[str, Any] = field(default_factory=dict)

    def bind(self, constant: object) -> str:
        name = f"k{len(self.constants)}"
        self.constants[name] = constant
        return name

    def write(self, node: Node) -> str:
        match node:
            case All():
                return "True"
            case And(items):
                return f"({' and '.join(self.write(item) for item in items)})"
            case Or(items):
                return f"({' or '.join(self.write(item) for item in items)})"
            case Not(item):
                return f"(not {self.write(item)})"
            case Include(slug):
                return f"included[{self.bind(slug)}]"
            case Did():
                return did.python(node, f"fields.occurrences({self.bind(node.leaf)})", self.bind)
            case _:
                return f"({self._test(node)})"

    def _test(self, test: Test) -> str:
        """Read the field into `v`, make sure of its type, then decide."""
        kind = self.bind(PYTHON_TYPES[field_of(test.name).type])
        steps = [f"type(v := fields[{self.bind(field_of(test.name).name)}]) is {kind}"]
        if test.name.key is not None:
            steps.append(f"(v := v.get({self.bind(test.name.key)})) is not None")
        decided = python(test, "v", self.bind)
        return " and ".join([*steps, decided] if decided else steps)
