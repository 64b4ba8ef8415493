"""The section `components` of an engine file: what is placed, with its numbers and where they come from."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

from hotfire.engine import Provenance
from hotfire.engine_files.numbers import NumberReader
from hotfire.engine_files.sections import Sections
from hotfire.engine_files.yaml_lines import LineDict
from hotfire.physics.bounds import POSITIVE, TOLERANCE
from hotfire.physics.components import COMPONENTS
from hotfire.physics.declaration import Component, Parameter
from hotfire.physics.errors import HotfireError
from hotfire.physics.placing import PlacedComponent
from hotfire.physics.states import Supply

__all__ = ["ComponentReader"]

_LOSS = ("drop", "flow", "density")
"""A pressure loss, from which an effective area follows."""


class ComponentReader:
    """Reads components, and notes where their numbers come from."""

    def __init__(self, sections: Sections, number: NumberReader, propellants: Mapping[str, str]) -> None:
        """Take the file.

        Args:
            sections: Of the file.
            number: Reads its numbers.
            propellants: By role, which components use that name none.
        """
        self._sections, self._number, self._propellants = sections, number, propellants
        self._placed = sections.section("components")
        self.provenance: dict[str, Provenance] = {}

    def read(self, name: str) -> PlacedComponent:
        """Read one component with its numbers.

        Raises:
            EngineError: With line, what is wrong and how to mend it.
        """
        section = self._placed
        entry = section[name]
        if not isinstance(entry, LineDict) or "type" not in entry:
            raise self._sections.fail(
                f"component `{name}` has no type", section, name, remedy="add `type: ...`"
            )
        kind = COMPONENTS.get(str(entry["type"]))
        if kind is None:
            near = difflib.get_close_matches(str(entry["type"]), COMPONENTS, n=3, cutoff=0.3)
            raise self._sections.fail(
                f"component type `{entry['type']}` is not known",
                entry,
                "type",
                remedy=f"use one of {', '.join(near or sorted(COMPONENTS))}",
            )
        allowed = ("type", *kind.options, *(p.name for p in kind.parameters))
        self._sections.known(entry, allowed, f"component `{name}` of type {kind.type_name}")
        parameters, tolerances, wanders = {}, {}, {}
        for parameter in kind.parameters:
            if parameter.optional and entry.get(parameter.name) is None:
                continue
            parameters[parameter.name], tolerances[parameter.name] = self._parameter(name, entry, parameter)
            given = entry.get(parameter.name)
            if isinstance(given, LineDict) and "wander" in given:
                own = f"the wander of {name}.{parameter.name}"
                at = (entry, parameter.name)
                wanders[parameter.name] = self._number(
                    given, "wander", "", None, at=at, name=own, bounds=TOLERANCE
                )
        options = {o: str(entry.get(o, self._propellants.get(o, ""))) for o in kind.options}
        return PlacedComponent(
            name,
            kind(),
            parameters,
            tolerances,
            options,
            self._table(kind, options, entry),
            self._fluid(name, entry, options, parameters),
            wanders,
        )

    def _fluid(
        self, name: str, entry: LineDict, options: Mapping[str, str], parameters: Mapping[str, float]
    ) -> Supply | None:
        """Properties of what a tank holds, where the file names a fluid."""
        if "fluid" not in options:
            return None
        if not options["fluid"]:
            if "density" in parameters:
                return None
            raise self._sections.fail(
                f"{name} says neither what it holds nor how dense that is",
                self._placed,
                name,
                remedy="add `fluid: LOX` with `temperature: ...`, or `density: ...`",
            )
        if "temperature" not in parameters:
            raise self._sections.fail(
                f"{name} holds {options['fluid']} of no given temperature",
                entry,
                "fluid",
                remedy="add `temperature: ...`",
            )
        from hotfire.physics.properties import fluid

        pressure = next(parameters[p] for p in ("set_pressure", "initial_pressure") if p in parameters)
        try:
            table = fluid(options["fluid"])
            return Supply.at(table, parameters["temperature"], pressure, _stored_at(options["fluid"]))
        except HotfireError as error:
            raise self._sections.fail(
                error.what, entry, "fluid", why=error.why, remedy=error.remedy
            ) from error

    def _table(self, kind: type[Component], options: Mapping[str, str], entry: LineDict) -> Any:
        if "oxidizer" not in kind.options:
            return None
        from hotfire.physics.thermochemistry import combustion_table

        try:
            return combustion_table(options["oxidizer"], options["fuel"])
        except HotfireError as error:
            raise self._sections.fail(
                error.what, self._sections.data, "propellants", why=error.why, remedy=error.remedy
            ) from error

    def _parameter(self, component: str, entry: LineDict, parameter: Parameter) -> tuple[float, float]:
        name = f"{component}.{parameter.name}"
        given = entry.get(parameter.name)
        if given is None:
            if parameter.default is None:
                raise self._sections.fail(
                    f"{name} is missing ({parameter.description}, in {parameter.unit or 'no unit'})",
                    self._placed,
                    component,
                    remedy=f"add `{parameter.name}: {{value: ..., tolerance: ..., source: ...}}`",
                )
            self.provenance[name] = Provenance("assumed", "default of the component")
            return parameter.default, parameter.tolerance
        detail = given if isinstance(given, LineDict) else LineDict({"value": given})
        self._sections.known(
            detail, ("value", *_LOSS, "tolerance", "wander", "source", "assumed", "unknown"), name
        )
        if "value" not in detail and parameter.unit == "m^2" and "drop" in detail:
            value = self._area_of(detail)
        else:
            value = self._number(
                detail,
                "value",
                parameter.unit,
                None,
                at=(entry, parameter.name),
                name=name,
                bounds=parameter.bounds,
                absolute=parameter.unit == "Pa" and not parameter.difference,
            )
        tolerance = self._number(
            detail,
            "tolerance",
            "",
            parameter.tolerance,
            at=(entry, parameter.name),
            name=f"the tolerance of {name}",
            bounds=TOLERANCE,
        )
        status = next((s for s in ("source", "assumed", "unknown") if s in detail), "assumed")
        self.provenance[name] = Provenance(status, str(detail.get(status, "no source given")))
        return value, tolerance

    def _area_of(self, detail: LineDict) -> float:
        """Effective area in m^2 that loses `drop` at `flow` of `density` (Sutton and Biblarz, 9th ed., eq. 8-2)."""
        drop, flow, density = (
            self._number(detail, key, unit, None, bounds=POSITIVE)
            for key, unit in zip(_LOSS, ("Pa", "kg/s", "kg/m^3"), strict=True)
        )
        return float(flow / (2.0 * density * drop) ** 0.5)


def _stored_at(fluid: str) -> tuple[float, bool] | None:
    """Temperature in K at which the table of reactants has a fluid, and whether as a gas; None where it is none."""
    from hotfire.physics.thermochemistry import propellant

    try:
        # Only liquids have a density there.
        states = {(part.temperature, math.isnan(part.density)) for part, _ in propellant(fluid).parts}
    except HotfireError:
        return None
    return states.pop() if len(states) == 1 else None
