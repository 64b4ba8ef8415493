"""Component declarations, one idea a file, found by the name under `type:` in an engine file."""

from __future__ import annotations

from hotfire.physics.components.combustors import Combustor, HybridCombustor
from hotfire.physics.components.nozzles import Nozzle
from hotfire.physics.components.restrictions import CoolingJacket, Injector, Line, Valve
from hotfire.physics.components.tanks import BlowdownTank, RegulatedTank, SaturatedTank
from hotfire.physics.declaration import Component

__all__ = ["COMPONENTS"]

COMPONENTS: dict[str, type[Component]] = {
    kind.type_name: kind
    for kind in (
        BlowdownTank,
        Combustor,
        CoolingJacket,
        HybridCombustor,
        Injector,
        Line,
        Nozzle,
        RegulatedTank,
        SaturatedTank,
        Valve,
    )
}
