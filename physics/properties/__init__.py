"""Properties of propellants, pressurants and coolants over (specific enthalpy, pressure).

    hydrogen = fluid("LH2")
    h = hydrogen.enthalpy(21.4, 0.19e6)   # from K and Pa, when a state is set up
    hydrogen.density(h, 7e6)              # floats, numpy arrays, CasADi MX or pint quantities

Two kinds stand behind the one `Fluid`. Real fluids are read from charts made with CoolProp's reference equations
(hydrogen as para-hydrogen, which is what a tank of LH2 holds and what it remains on its way through an engine);
common ones ship with the package, and CoolProp is not imported to read them. Liquids that CoolProp lacks (RP-1,
hydrazines, N2O4, peroxide, alcohols with water) are closed forms; `liquids.yaml` names the source of each figure.

Enthalpies count from CoolProp's default reference state of the fluid in a chart, and from 298.15 K and 101,325 Pa
in a closed form. Only differences within one fluid mean anything; the heat of formation belongs to combustion.
"""

from __future__ import annotations

from hotfire.physics.properties.charts import ChartedFluid
from hotfire.physics.properties.fluid import Fluid
from hotfire.physics.properties.liquids import Liquid
from hotfire.physics.properties.store import cache_directory, fluid

__all__ = ["ChartedFluid", "Fluid", "Liquid", "cache_directory", "fluid"]
