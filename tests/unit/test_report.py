"""The reports, on hand-made diagnoses of the kinds that people meet."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hotfire.diagnosis import (
    Cost,
    Diagnosis,
    FaultEstimate,
    Hypothesis,
    Interval,
    PhaseSpan,
    SensorWindows,
    Symptom,
)
from hotfire.log import Note
from hotfire.report.json_report import as_dict, dumps
from hotfire.report.phrases import expert_words
from hotfire.report.terminal import render

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
        headline="The engine ran as its file says: all six sensors agree with it within 1.6 sigma.",
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
        headline="The fuel injector is partly blocked, 18 % of its flow area, since 2.31 s: chamber pressure "
        "fell while fuel manifold pressure rose.",
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
        headline="The nozzle lost material from about 3.4 s on, or the chamber burnt through beside it; "
        "chamber pressure was lost at 3.52 s, so thrust and tank pressure alone must decide.",
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
        windows=(
            SensorWindows(
                "thrust",
                "Load Cell 1",
                "N",
                (0.5, 4.0, 7.5),
                (2800.0, None),
                (9.0, 9.0),
                (2870.0,) * 2,
                (80.0,) * 2,
            ),
        ),
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


CASES: dict[str, Callable[[], Diagnosis]] = {
    "nominal": nominal,
    "injector_blockage": injector_blockage,
    "damaged_hybrid": damaged_hybrid,
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Diagnosis:
    return CASES[request.param]()


# -- text


def test_no_line_is_longer_than_a_hundred_characters(case: Diagnosis) -> None:
    assert max(map(len, render(case).splitlines())) <= 100
    assert max(map(len, render(case, width=72).splitlines())) <= 100


def test_the_answer_stands_first(case: Diagnosis) -> None:
    first, second = render(case).splitlines()[:2]
    assert first == {"nominal": "NOMINAL", "fault": "FAULT"}[case.verdict]
    assert second.strip() and case.headline.startswith(second.strip())


def test_colour_only_adds_escapes(case: Diagnosis) -> None:
    plain, coloured = render(case), render(case, colour=True)
    assert "\033" not in plain
    assert coloured != plain
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain


def test_blockage_reads_as_an_engineer_would_say_it() -> None:
    text = render(injector_blockage())
    assert "91 %   The fuel injector is partly blocked." in text
    assert "fuel_injector.blockage, since 2.31 s (2.26 to 2.37)" in text
    assert "18 % (15 to 21): share of the flow area lost" in text
    assert "2 %   None of these" in text
    assert "explains 2 of 3 symptoms, not fuel_manifold_pressure" in text
    assert "To split them, measure fuel_flow." in text
    assert re.search(
        r"chamber_pressure \(PT-CHAMBER\) +mainstage +18.1 +20.3 +bar +-10.7 % +6.2 +2.31 s", text
    )
    assert "liquid oxidizer ran out at 7.52 s" in text
    assert "mend: state the rail in the channel map" in text


def test_damaged_hybrid_says_what_is_not_to_be_trusted() -> None:
    text = render(damaged_hybrid())
    assert "Sensors not to be trusted\n  chamber_pressure  the chamber pressure transducer is lost" in text
    assert "-2.1 % (-2.4 to -1.8): offset over the span" in text
    assert "Before you trust this" in text
    assert "The fit of the first is poor" in text


def test_nominal_says_what_the_log_could_have_shown() -> None:
    text = render(nominal())
    assert "fuel_injector.blockage from\n  5.2 %" in text or "fuel_injector.blockage from 5.2 %" in text
    assert "at no size: nozzle.burn_through" in text


def test_probabilities_that_leave_no_room_for_none_of_these_are_called_conditional() -> None:
    odd = dataclasses.replace(nominal(), none_of_these=0.9)
    text = render(odd)
    assert "None of these" not in text
    assert "All this holds if one of them is right; that none of these is: 90 %." in text


def test_nothing_is_said_twice() -> None:
    base = damaged_hybrid()
    note = dataclasses.replace(
        base.notes[1], message=base.sensor_findings[0].description, remedy="look at its cable"
    )
    warned = dataclasses.replace(base.notes[1], message=base.warnings[1])
    text = " ".join(render(dataclasses.replace(base, notes=(note, warned))).split())
    assert text.count(note.message) == 1
    assert text.count(warned.message) == 1
    assert "mend: look at its cable" in text
    summary = dataclasses.replace(
        base.hypotheses[0], summary="The throat has grown (throat area gained over the original)."
    )
    text = " ".join(render(dataclasses.replace(base, hypotheses=(summary,))).split())
    assert text.count("throat area gained over the original") == 1


def test_an_empty_diagnosis_can_be_written() -> None:
    empty = Diagnosis("insufficient_data", "No burn was found.", "E", "x.csv", ())
    assert render(empty).startswith("NOT ENOUGH DATA\n  No burn was found.")
    assert as_dict(empty)["hypotheses"] == []
    assert expert_words(empty) == "no expert was asked"


def test_many_symptoms_notes_and_long_names_stay_within_the_page() -> None:
    base = injector_blockage()
    long = dataclasses.replace(
        base.symptoms[0], sensor="regenerative_jacket_outlet_wall_temperature_number_three" * 2
    )
    notes = base.notes * 30
    text = render(dataclasses.replace(base, symptoms=(long,) * 20, notes=notes))
    assert max(map(len, text.splitlines())) <= 100
    assert "and 12 weaker ones" in text
    assert "22 more findings and 30 remarks" in text


# -- JSON


def test_json_is_strict_and_says_its_schema(case: Diagnosis) -> None:
    document = json.loads(dumps(as_dict(case)), parse_constant=pytest.fail)
    assert document["schema"] == "hotfire.diagnosis/1"
    assert document["verdict"] == case.verdict
    assert sum(h["probability"] for h in document["hypotheses"]) + document["none_of_these"] <= 1.0 + 1e-9
    assert document["hypotheses"][0]["name"] in document["answer_set"]
    assert set(document["cost"]) == {"shared", "expert", "total"}


def test_json_has_every_field_of_the_contract(case: Diagnosis) -> None:
    document = as_dict(case)
    for field in dataclasses.fields(Diagnosis):
        assert field.name in document


def test_figures_that_are_none_become_null_and_numpy_becomes_plain() -> None:
    odd = dataclasses.replace(
        nominal(),
        goodness_of_fit=float("nan"),
        none_of_these=np.float32(0.25),
        depletion={"fuel": np.float64(3.5)},
    )
    document = json.loads(dumps(as_dict(odd)))
    assert document["goodness_of_fit"] is None
    assert document["none_of_these"] == 0.25
    assert document["depletion"] == {"fuel": 3.5}


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {str(k) for k in value}.union(*(_keys(v) for v in value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_readings_that_do_not_exist_are_null_and_the_rest_is_plain() -> None:
    (windows,) = json.loads(dumps(as_dict(damaged_hybrid())))["windows"]
    assert windows["measured"] == [2800.0, None]
    assert windows["with_faults"] is None
    assert len(windows["edges"]) == 3


def test_every_key_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/diagnosis-json.md").read_text(encoding="utf-8")
    document = as_dict(damaged_hybrid())
    for free in ("detectable", "depletion", "evidence"):
        document.pop(free, None)
    for note in document["notes"]:
        note.pop("evidence")
    undocumented = {key for key in _keys(document) if f"`{key}`" not in page}
    assert not undocumented
