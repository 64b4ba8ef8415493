"""Hand-made diagnoses of the kinds that people meet."""

from __future__ import annotations

from hotfire.diagnosis import Cost, Diagnosis, FaultEstimate, Hypothesis, Interval, PhaseSpan, Symptom
from hotfire.log import Note

_COST = {
    "shared": Cost(0.31, 0.29, 81_000_000, 0, 0),
    "expert": Cost(0.72, 0.70, 96_000_000, 0, 5312),
    "total": Cost(1.03, 0.99, 96_000_000, 0, 5312),
}
_PHASES = (
    PhaseSpan("pre-test", -10.0, 0.0),
    PhaseSpan("start", 0.0, 0.42),
    PhaseSpan("mainstage", 0.42, 7.86),
    PhaseSpan("shutdown", 7.86, 8.31),
    PhaseSpan("post", 8.31, 30.0),
)


def _fault(
    component: str, mode: str, size: Interval | None, text: str, onset: Interval | None, **rest: str
) -> FaultEstimate:
    return FaultEstimate(
        component,
        mode,
        rest.get("kind", "hardware"),
        size,
        text,
        onset,
        rest["description"],
        rest["category"],
    )


def nominal() -> Diagnosis:
    sound = Hypothesis((), 0.947, (), (), 0.94, "nominal_no_fault", "The engine ran as its file says.")
    line = _fault(
        "fuel_line",
        "blockage",
        Interval(0.06, 0.05, 0.09),
        "share of the flow area lost",
        None,
        description="the fuel line is partly blocked",
        category="feed_line_blockage",
    )
    doubtful = Hypothesis(
        (line,), 0.031, (), (), 0.93, "feed_line_blockage", "The fuel line is partly blocked."
    )
    return Diagnosis(
        verdict="nominal",
        headline="The engine ran as its file says: all six sensors agree with the sound engine within 1.6 sigma.",
        engine="Demonstrator",
        source="run_012.csv",
        hypotheses=(sound, doubtful),
        answer_set=("nominal",),
        phases=_PHASES,
        detectable={
            "fuel_injector.blockage": 0.052,
            "oxidizer_injector.blockage": 0.061,
            "nozzle.throat_erosion": 0.034,
            "fuel_line.leak": 0.021,
            "oxidizer_line.leak": 0.018,
            "chamber.efficiency_loss": 0.027,
            "fuel_line.blockage": 0.11,
            "oxidizer_tank.cold": 0.024,
            "nozzle.burn_through": None,
        },
        none_of_these=0.004,
        goodness_of_fit=0.61,
        notes=(Note("time_zero", "info", "Time 0 is when the first valve left its seat."),),
        cost=_COST,
    )


def injector_blockage() -> Diagnosis:
    onset = Interval(2.31, 2.26, 2.37)
    injector = _fault(
        "fuel_injector",
        "blockage",
        Interval(0.182, 0.153, 0.214),
        "share of the flow area lost",
        onset,
        description="the fuel injector is partly blocked",
        category="injector_blockage",
    )
    line = _fault(
        "chamber",
        "efficiency_loss",
        Interval(0.09, 0.04, 0.13),
        "share of c* lost",
        Interval(2.4, 2.2, 2.9),
        description="the chamber burns incompletely",
        category="injector_blockage",
    )
    return Diagnosis(
        verdict="fault",
        headline="The fuel injector is partly blocked, 18 % of its flow area, since 2.31 s: chamber pressure fell "
        "while fuel manifold pressure rose.",
        engine="Demonstrator",
        source="run_013.csv",
        hypotheses=(
            Hypothesis(
                (injector,),
                0.912,
                ("chamber_pressure", "fuel_manifold_pressure", "thrust"),
                (),
                1.04,
                "injector_blockage",
                "The fuel injector is partly blocked.",
            ),
            Hypothesis(
                (line,),
                0.052,
                ("chamber_pressure", "thrust"),
                ("fuel_manifold_pressure",),
                2.7,
                "injector_blockage",
                "The chamber burns incompletely (poor mixing or atomisation, contaminated propellant).",
            ),
        ),
        ambiguity_group=("fuel_injector.blockage", "fuel_injector.blockage + chamber.efficiency_loss"),
        splitting_channel="fuel_flow",
        answer_set=("fuel_injector.blockage",),
        symptoms=(
            Symptom("chamber_pressure", "PT-CHAMBER", "mainstage", "low", 18.14, 20.31, "bar", -6.2, 2.31),
            Symptom(
                "fuel_manifold_pressure", "PT-FU-INJ", "mainstage", "high", 33.92, 31.86, "bar", 5.4, 2.31
            ),
            Symptom("thrust", "LC-THRUST", "mainstage", "low", 841.3, 948.7, "N", -4.8, 2.33),
        ),
        phases=_PHASES,
        depletion={"oxidizer": 7.52},
        none_of_these=0.021,
        goodness_of_fit=0.38,
        left_out=0.0051,
        notes=(
            Note(
                "rail",
                "warning",
                "312 samples at -9999 are left out",
                "TC-NOZZLE",
                1.2,
                4.4,
                remedy="state the rail in the channel map: `TC-NOZZLE: {missing: -9999}`",
            ),
            Note("time_zero", "info", "Time 0 is when the first valve left its seat."),
        ),
        cost=_COST,
    )


def damaged_hybrid() -> Diagnosis:
    erosion = _fault(
        "nozzle",
        "throat_erosion",
        Interval(2.12, 0.9, 5.4),
        "throat area gained over the original",
        Interval(3.4, 2.9, 4.0),
        description="the nozzle has lost throat material",
        category="nozzle_thermal_structural",
    )
    through = _fault(
        "nozzle",
        "burn_through",
        Interval(0.8, 0.4, 1.0),
        "leak area over throat area",
        Interval(3.5, 3.0, 4.1),
        description="the nozzle or the chamber wall is burnt through",
        category="chamber_burnthrough",
    )
    lost = _fault(
        "chamber_pressure",
        "dropout",
        Interval(1.0, 1.0, 1.0),
        "lost",
        Interval(3.52, 3.52, 3.52),
        kind="sensor",
        description="the chamber pressure transducer is lost",
        category="sensor_fault",
    )
    zero = _fault(
        "tank_pressure",
        "zero_offset",
        Interval(-0.021, -0.024, -0.018),
        "offset over the span",
        None,
        kind="sensor",
        description="the tank pressure transducer is off zero before the test",
        category="sensor_fault",
    )
    return Diagnosis(
        verdict="fault",
        headline="The nozzle lost material from about 3.4 s on, or the chamber burnt through beside it; chamber "
        "pressure was lost at 3.52 s, so thrust and tank pressure alone must decide.",
        engine="Student hybrid",
        source="hotfire_2.tdms",
        hypotheses=(
            Hypothesis(
                (erosion,),
                0.56,
                ("thrust",),
                (),
                1.3,
                "nozzle_thermal_structural",
                "The nozzle has lost throat material, its throat is too large.",
            ),
            Hypothesis(
                (through,),
                0.31,
                ("thrust",),
                (),
                1.4,
                "chamber_burnthrough",
                "The nozzle or the chamber wall is burnt through ahead of the exit.",
            ),
        ),
        ambiguity_group=("nozzle.throat_erosion", "nozzle.burn_through"),
        splitting_channel="chamber_pressure",
        answer_set=("nozzle.throat_erosion", "nozzle.burn_through", "none of these"),
        sensor_findings=(lost, zero),
        symptoms=(Symptom("thrust", "Load Cell 1", "mainstage", "low", 1210.0, 2874.0, "N", -17.3, 3.4),),
        phases=_PHASES,
        depletion={"oxidizer": 7.1},
        none_of_these=0.12,
        goodness_of_fit=0.0131,
        left_out=0.03,
        notes=(
            Note(
                "lost",
                "error",
                "falls to the lower rail and stays there; not used from then on",
                "PC",
                3.52,
                None,
            ),
            Note("gap", "warning", "3 gaps of up to 0.41 s", None, 2.0, 6.0),
        ),
        warnings=(
            "Chamber pressure is not used after 3.52 s: erosion and burn-through look alike in thrust alone.",
            "The fuel regression law of this engine file is assumed, not measured.",
        ),
        cost=_COST,
    )


CASES = {"nominal": nominal, "injector_blockage": injector_blockage, "damaged_hybrid": damaged_hybrid}
