"""Fault trees in the Open-PSA Model Exchange Format (version 2.0d), read.

Read are `define-fault-tree` (also nested in `define-component`) with gates, house events and basic events, and
`model-data`. What the format has beyond that is refused by name, with its line: event trees, common-cause groups,
parameters and distributions would change the result where they were skipped. DTDs, entities and external references
are refused by defusedxml before anything is expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfire.physics.fault_tree.model import BasicEvent, FaultTree, FaultTreeError, Gate, HouseEvent, tree_of
from hotfire.physics.fault_tree.open_psa_numbers import Number, number_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["read_open_psa"]

_LARGEST = 64 * 2**20
_OPERATORS = {"and", "or", "not", "xor", "atleast", "nand", "nor", "iff", "imply"}
_REFERENCES = {"gate", "basic-event", "house-event", "event"}
_PLAIN = {"label", "attributes"}


def read_open_psa(path: Path, *, top: str = "", mission: float | None = None) -> FaultTree:
    """Read a fault tree.

    Args:
        path: The file.
        top: Gate that is the top event; needed where several are named by no other gate.
        mission: Mission time, in the unit of the file's rates; needed where a formula names it.

    Raises:
        FaultTreeError: With file and line of what is wrong or not supported.
    """
    return _Reader(path, mission).tree(_parsed(path), top)


def _parsed(path: Path) -> Element:
    """Parse a file whose elements know their lines."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    class Parser(DefusedXMLParser):
        def _start(self, *arguments: Any, **named: Any) -> Any:
            element = super()._start(*arguments, **named)  # type: ignore[misc]
            element.set(" line", str(self.parser.CurrentLineNumber))
            return element

    try:
        if path.stat().st_size > _LARGEST:
            raise FaultTreeError(
                "the file is too large",
                where=str(path),
                why=f"more than {_LARGEST >> 20} MB",
                remedy="split it",
            )
        parser = Parser(forbid_dtd=True, forbid_entities=True, forbid_external=True)
        parser.feed(path.read_bytes())
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise FaultTreeError(
            "the file has a DTD or entities",
            where=str(path),
            why=f"they can make a small file swell without bound ({type(error).__name__})",
            remedy="remove the DOCTYPE; the format needs none",
        ) from error
    except ParseError as error:
        raise FaultTreeError(
            "this is no well-formed XML",
            where=f"{path}, line {error.position[0]}",
            why=str(error),
            remedy="mend it",
        ) from error
    except OSError as error:
        raise FaultTreeError(
            "the file cannot be read", where=str(path), why=str(error.strerror), remedy="check its path"
        ) from error
    return root


class _Reader:
    """Gathers gates and events from a parsed file."""

    def __init__(self, path: Path, mission: float | None) -> None:
        self._path, self._mission = path, mission
        self._gates: list[Gate] = []
        self._houses: list[HouseEvent] = []
        self._numbers: dict[str, Number] = {}
        self._labels: dict[str, str] = {}

    def tree(self, root: Element, top: str) -> FaultTree:
        if root.tag != "opsa-mef":
            raise self._error(
                root, f"the root is <{root.tag}>", "it is no Open-PSA file", "its root is <opsa-mef>"
            )
        name = self._path.stem
        for child in root:
            if child.tag == "define-fault-tree":
                name = child.get("name", name)
                self._fault_tree(child)
            elif child.tag == "model-data":
                self._definitions(child)
            elif child.tag not in _PLAIN:
                raise self._unknown(child)
        gates, houses = {g.name for g in self._gates}, {h.name for h in self._houses}
        used = {i for g in self._gates for i in g.inputs}
        lacking = sorted(n for n in used if n not in gates | houses | self._numbers.keys())
        if lacking:
            raise FaultTreeError(
                f"{lacking[0]!r} has no definition",
                where=str(self._path),
                why=f"{len(lacking)} events are named and not defined",
                remedy="define each as a gate, a house event, or a basic event with its probability",
            )
        events = [
            BasicEvent(n, v.probability, self._labels.get(n, ""), v.rate, v.exposure)
            for n, v in self._numbers.items()
        ]
        try:
            return tree_of(name, self._gates, events, self._houses, top=top)
        except FaultTreeError as error:
            raise FaultTreeError(
                error.what, where=f"{self._path}: {error.where}", why=error.why, remedy=error.remedy
            ) from error

    def _fault_tree(self, element: Element) -> None:
        for child in element:
            if child.tag == "define-gate":
                self._gate(child)
            elif child.tag == "define-component":
                self._fault_tree(child)
            elif child.tag in ("define-basic-event", "define-house-event"):
                self._definition(child)
            elif child.tag not in _PLAIN:
                raise self._unknown(child)

    def _definitions(self, element: Element) -> None:
        for child in element:
            if child.tag in ("define-basic-event", "define-house-event"):
                self._definition(child)
            elif child.tag not in _PLAIN:
                raise self._unknown(child)

    def _definition(self, element: Element) -> None:
        name, content = self._name(element), self._content(element)
        if element.tag == "define-house-event":
            if (
                len(content) != 1
                or content[0].tag != "constant"
                or content[0].get("value") not in ("true", "false")
            ):
                raise self._error(
                    element, f"house event {name!r} has no state", "", 'give <constant value="true"/>'
                )
            self._houses.append(HouseEvent(name, content[0].get("value") == "true", self._label(element)))
            return
        if name in self._numbers:
            raise self._error(element, f"basic event {name!r} is defined twice", "", "remove one definition")
        if len(content) != 1:
            raise self._error(
                element,
                f"basic event {name!r} has {len(content)} expressions",
                "",
                "give one, such as a <float>",
            )
        self._numbers[name] = number_of(content[0], self._mission, self._error)
        self._labels[name] = self._label(element)

    def _gate(self, element: Element) -> None:
        name, content = self._name(element), self._content(element)
        if len(content) != 1:
            raise self._error(element, f"gate {name!r} has {len(content)} formulas", "", "give one")
        self._formula(content[0], name, self._label(element))

    def _formula(self, element: Element, name: str, label: str) -> None:
        """Add the gate of a formula; a formula inside it becomes a gate of its own, named after it."""
        if element.tag in _REFERENCES or element.tag == "constant":
            self._gates.append(Gate(name, "or", (self._input(element, f"{name}.1"),), 0, label))
            return
        if element.tag not in _OPERATORS:
            raise self._unknown(element)
        inputs = tuple(self._input(c, f"{name}.{i}") for i, c in enumerate(element, 1))
        for gate in self._expressed(element, name, inputs, label):
            self._gates.append(gate)

    def _expressed(self, element: Element, name: str, inputs: tuple[str, ...], label: str) -> Iterator[Gate]:
        """Gates for one operator of the format."""
        try:
            if element.tag in ("and", "or", "not", "xor"):
                yield Gate(name, element.tag, inputs, 0, label)
            elif element.tag == "atleast":
                yield Gate(name, "atleast", inputs, self._least(element), label)
            elif element.tag in ("nand", "nor", "iff"):
                yield Gate(f"{name}.un", {"nand": "and", "nor": "or", "iff": "xor"}[element.tag], inputs)
                yield Gate(name, "not", (f"{name}.un",), 0, label)
            else:
                if len(inputs) != 2:
                    raise FaultTreeError(f"`imply` has {len(inputs)} inputs", remedy="give two")
                yield Gate(f"{name}.un", "not", inputs[:1])
                yield Gate(name, "or", (f"{name}.un", inputs[1]), 0, label)
        except FaultTreeError as error:
            raise self._error(element, error.what, error.why, error.remedy) from error

    def _least(self, element: Element) -> int:
        text = element.get("min", "")
        if not text.isdecimal():
            raise self._error(
                element, f"<atleast> has min={text!r}", "", 'give a whole number, such as min="2"'
            )
        return int(text)

    def _input(self, element: Element, inner: str) -> str:
        if element.tag == "event" and element.get("type") not in (None, "gate", "basic-event", "house-event"):
            raise self._unknown(element)
        if element.tag in _REFERENCES:
            return self._name(element)
        if element.tag == "constant" and element.get("value") in ("true", "false"):
            self._houses.append(HouseEvent(inner, element.get("value") == "true"))
            return inner
        self._formula(element, inner, "")
        return inner

    def _name(self, element: Element) -> str:
        name = element.get("name", "").strip()
        if not name:
            raise self._error(element, f"<{element.tag}> has no name", "", 'give it name="..."')
        return name

    def _content(self, element: Element) -> list[Element]:
        return [c for c in element if c.tag not in _PLAIN]

    def _label(self, element: Element) -> str:
        return " ".join((element.findtext("label") or "").split())

    def _unknown(self, element: Element) -> FaultTreeError:
        return self._error(
            element,
            f"<{element.tag}> is not supported here",
            "it would change what is computed, so it is not skipped",
            "write it with and, or, not, xor, atleast, nand, nor, iff, imply over gates, basic and house events",
        )

    def _error(self, element: Element, what: str, why: str, remedy: str) -> FaultTreeError:
        return FaultTreeError(
            what, where=f"{self._path}, line {element.get(' line')}", why=why, remedy=remedy
        )
