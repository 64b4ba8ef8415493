"""Component declarations, one idea a file, found by the name under `type:` in an engine file."""

from __future__ import annotations

from hotfire.physics.components.catalyst_beds import CatalystBed
from hotfire.physics.components.combustors import Combustor, HybridCombustor
from hotfire.physics.components.control import (
    Actuator,
    Command,
    Controller,
    FlowGauge,
    PressureGauge,
    ProportionalController,
)
from hotfire.physics.components.electric import Battery, Motor
from hotfire.physics.components.flow_devices import CheckValve, Orifice, ReliefValve, Venturi
from hotfire.physics.components.gas_generators import GasGenerator
from hotfire.physics.components.hydraulic_turbines import HydraulicTurbine
from hotfire.physics.components.igniters import Igniter
from hotfire.physics.components.jackets import RegenerativeJacket
from hotfire.physics.components.junctions import Manifold, WallSplit
from hotfire.physics.components.nozzles import Exhaust, Nozzle
from hotfire.physics.components.pumps import Pump
from hotfire.physics.components.purges import Purge
from hotfire.physics.components.restrictions import CoolingJacket, Injector, Line, Valve
from hotfire.physics.components.shafts import Gear, Shaft
from hotfire.physics.components.tanks import BlowdownTank, RegulatedTank, SaturatedTank
from hotfire.physics.components.turbines import Turbine
from hotfire.physics.declaration import Component

__all__ = ["COMPONENTS"]

COMPONENTS: dict[str, type[Component]] = {
    kind.type_name: kind
    for kind in (
        Actuator,
        Battery,
        BlowdownTank,
        CatalystBed,
        CheckValve,
        Combustor,
        Command,
        Controller,
        CoolingJacket,
        Exhaust,
        FlowGauge,
        GasGenerator,
        Gear,
        HydraulicTurbine,
        HybridCombustor,
        Igniter,
        Injector,
        Line,
        Manifold,
        Motor,
        Nozzle,
        Orifice,
        PressureGauge,
        ProportionalController,
        Pump,
        Purge,
        RegenerativeJacket,
        RegulatedTank,
        ReliefValve,
        SaturatedTank,
        Shaft,
        Turbine,
        Valve,
        Venturi,
        WallSplit,
    )
}
