"""The plant: components whose equations differ from those of the diagnosing model, on purpose.

A diagnosis that is tried on its own model is not tried at all. Each class says in its first paragraph what it changes
and in its second why hardware does so; docs/explanation/plant.md is made from them. The constants are chosen so that
the plant agrees with the model near a typical operating point and leaves it as the point moves; they are no
parameters, so that hardware drawn from a seed is the same with either. Every law conserves mass and energy where that
of the model does.
"""

from __future__ import annotations

from hotfire.physics.declaration import Component
from hotfire.plant.catalyst import RealCatalystBed
from hotfire.plant.combustion import RealCombustor, RealGasGenerator, RealHybridCombustor
from hotfire.plant.cooling import RoughJacket
from hotfire.plant.electric import RealBattery, RealMotor
from hotfire.plant.feed import FlashingInjector, RealOrifice, RealVenturi, TurbulentJacket, TurbulentLine
from hotfire.plant.nozzles import ErodingNozzle
from hotfire.plant.pressurisation import DroopingRegulatedTank, HeatedBlowdownTank, LaggingSaturatedTank
from hotfire.plant.turbomachinery import RealHydraulicTurbine, RealPump, RealShaft, RealTurbine

__all__ = ["PLANT_EQUATIONS"]

PLANT_EQUATIONS: dict[str, type[Component]] = {
    kind.type_name: kind
    for kind in (
        DroopingRegulatedTank,
        ErodingNozzle,
        FlashingInjector,
        HeatedBlowdownTank,
        LaggingSaturatedTank,
        RealBattery,
        RealCatalystBed,
        RealCombustor,
        RealGasGenerator,
        RealHybridCombustor,
        RealHydraulicTurbine,
        RealMotor,
        RealOrifice,
        RealPump,
        RealShaft,
        RealTurbine,
        RealVenturi,
        RoughJacket,
        TurbulentJacket,
        TurbulentLine,
    )
}
"""Plant declarations by the component type that they stand for."""
