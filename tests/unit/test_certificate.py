"""What a certificate states, and that a figure that does not hold refuses it."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfire.certificate import log_identity
from hotfire.diagnose import diagnose
from hotfire.engine_files.reading import load_engine
from hotfire.log import Log
from hotfire.physics.certificate.direct import DirectCombustion
from hotfire.physics.certificate.document import as_document, digest, from_text, to_text
from hotfire.physics.certificate.ranking import allowed_lead
from hotfire.physics.certificate.sizes import over_sizes
from hotfire.physics.certificate.values import Certificate
from hotfire.physics.diagnosis.two_sizes import integrate_sizes
from hotfire.physics.errors import CertificateError
from hotfire.physics.thermochemistry import combustion_table
from hotfire.simulate import Plant, SimulatedFault
from hotfire.verify import LARGEST, read_certificate, verify, verify_observed

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from forgeries import Mutants, changed, leaves, remember_hypotheses

ENGINE = load_engine("demo-engine")
FAULT = SimulatedFault("fuel_injector.blockage", 0.4, 2.2)


@cache
def certified() -> tuple[Log, Certificate]:
    log = Plant(ENGINE).run([FAULT], seed=5)
    answer = diagnose(log, ENGINE, certify=True, expert="symbolic")
    assert answer.certificate is not None, answer.certificate_reason
    # The log in memory as it was before roles were given.
    return log, replace(answer.certificate, log=log_identity(log))


@cache
def observed() -> Any:
    from hotfire.verify import _observe

    log, certificate = certified()
    return _observe(certificate, log, ENGINE)


def with_changed(where: str, change: Any) -> Certificate:
    """Change one figure, by its place."""
    place = tuple(int(w) if w.isdigit() else w for w in where.split("/"))
    return changed(certified()[1], place, change(dict(leaves(certified()[1]))[place]))


def refused(certificate: Certificate) -> list[str]:
    found = verify_observed(certificate, observed(), ENGINE, [])
    assert not found.holds
    return [r.figure for r in found.refusals]


def test_a_certificate_is_read_as_it_was_written() -> None:
    _, certificate = certified()
    assert from_text(to_text(certificate)) == certificate
    _, forged = Mutants(certificate, random.Random(1)).draw()
    assert from_text(to_text(forged)) == forged
    document = as_document(certificate)
    assert document["sha256"] == digest(document)
    assert certificate.claimed.name == "fuel_injector.blockage"
    assert {h.name for h in certificate.hypotheses} > {"nominal"}


def test_the_certificate_of_a_fault_holds_and_says_what_was_checked() -> None:
    log, certificate = certified()
    found = verify(certificate, log, ENGINE)
    assert found.holds, found.refusals[:3]
    kinds = (
        "windows",
        "balances",
        "states",
        "features",
        "misfit",
        "evidence",
        "inequalities",
        "rivals sought",
    )
    assert all(found.checked[kind] > 0 for kind in kinds)
    assert dict(found.rejected)["nominal"] > 50.0


@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("windows/means/3/2", lambda v: v * (1 + 1e-6)),
        ("windows/scatter/3/2", lambda v: v * 1.01),
        ("windows/edges/2", lambda v: v + 1e-6),
        ("model/discrepancy", lambda v: 2 * v),
        ("model/widening/thrust", lambda v: v * 1.001),
        ("model/spare_load/fuel_tank.spare_load", lambda v: v + 0.1),
        ("hypotheses/0/faults/0/size", lambda v: v * 1.01),
        ("hypotheses/0/faults/0/onset", lambda v: v + 0.01),
        ("hypotheses/0/tolerances/nozzle.throat_area", lambda v: v + 0.01),
        ("hypotheses/0/solution/unknowns/chamber.outlet.pressure/4", lambda v: v * (1 + 1e-5)),
        ("hypotheses/0/solution/states/fuel_tank.mass/5", lambda v: v * 1.002),
        ("hypotheses/0/without/0/states/oxidizer_tank.temperature/5", lambda v: v + 0.1),
        ("hypotheses/0/features/4/3", lambda v: v * (1 + 1e-6)),
        ("hypotheses/0/features/4/5", lambda v: v * 1.003),
        ("hypotheses/0/misfit", lambda v: v * (1 + 1e-5)),
        ("hypotheses/0/log_evidence", lambda v: v + 0.6),
        ("hypotheses/1/log_evidence", lambda v: v - 1.0),
        ("equations/3/left/2", lambda v: v + 10.0),
        ("bounds/0/value", lambda v: v + 0.01),
        ("freedom", lambda v: v + 1),
    ],
)
def test_a_changed_figure_refuses(where: str, change: Any) -> None:
    assert refused(with_changed(where, change))


@pytest.fixture(scope="module", autouse=True)
def _hypotheses_are_remembered() -> Iterator[None]:
    """Forgeries of one certificate have most of it in common."""
    with pytest.MonkeyPatch.context() as patch:
        remember_hypotheses(patch.setattr)
        yield


def test_random_mutants_are_refused() -> None:
    mutants = Mutants(certified()[1], random.Random(3))
    for _ in range(20):
        place, certificate = mutants.draw()
        assert refused(certificate), place


def test_a_wrong_hypothesis_with_the_right_one_left_out_is_refused() -> None:
    """All its figures hold; what the search for rivals finds does not let it stand."""
    log, certificate = certified()
    rivals = [h for h in certificate.hypotheses[1:] if h.name != "nominal"]
    nominal = next(h for h in certificate.hypotheses if h.name == "nominal")
    wrong = replace(certificate, hypotheses=(rivals[0], nominal), equations=(), bounds=(), not_rejected=())
    found = verify(_with_own_parts(wrong), log, ENGINE)
    assert not found.holds
    assert "explains the log better" in found.refusals[0].why
    assert "fuel_injector.blockage" in found.refusals[0].why


def _with_own_parts(certificate: Certificate) -> Certificate:
    """Give a forged claim equations and inequalities of its own."""
    from hotfire.physics.certificate.check import _bounds
    from hotfire.physics.certificate.plain import Frame, evaluate
    from hotfire.physics.certificate.values import Equation
    from hotfire.physics.declaration import KINDS

    frame = Frame.of(certificate, ENGINE.network, observed().observation.sensors)
    claimed = certificate.claimed
    own = evaluate(frame, claimed.solution, claimed.tolerances, frame.hardware(claimed.faults), [])
    equations = tuple(
        Equation(
            component,
            balance.name,
            KINDS[balance.scale],
            tuple(float(e.balances[i][1].left) for e in own.at),
            tuple(float(e.balances[i][1].right) for e in own.at),
        )
        for i, (component, balance) in enumerate(own.at[0].balances)
    )
    return replace(certificate, equations=equations, bounds=tuple(_bounds(claimed, frame)))


def test_the_certificate_of_another_log_is_bad_input_and_refused_under_a_false_name() -> None:
    _, certificate = certified()
    other = Plant(ENGINE).run(seed=21)
    with pytest.raises(CertificateError, match="log"):
        verify(certificate, other, ENGINE)
    found = verify(replace(certificate, log=log_identity(other)), other, ENGINE)
    assert not found.holds
    assert found.refusals[0].figure.startswith("windows")


def test_another_engine_is_bad_input() -> None:
    log, certificate = certified()
    with pytest.raises(CertificateError, match="engine"):
        verify(certificate, log, load_engine("stanford-helios"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ('{"schema": "hotfire.certificate/1", "engine": {', "no JSON"),
        ("[]", "JSON object"),
        ('{"schema": "hotfire.diagnosis/1"}', "schema"),
        ('{"schema": "hotfire.certificate/1"}', "engine"),
        ('{"schema": NaN}', "no figure"),
        ("[" * 200_000, "JSON"),
    ],
)
def test_what_is_no_certificate_says_so(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "cert.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CertificateError, match=said) as caught:
        read_certificate(path)
    assert str(path) in caught.value.where
    assert caught.value.remedy


def test_a_changed_file_a_huge_one_and_one_that_is_no_text_are_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "cert.json"
    path.write_text(to_text(certified()[1]).replace('"freedom": ', '"freedom": 1'), encoding="utf-8")
    with pytest.raises(CertificateError, match="digest"):
        read_certificate(path)
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(CertificateError, match="larger"):
        read_certificate(path)
    path.write_bytes(b"\x89PNG\xff")
    with pytest.raises(CertificateError, match="no text"):
        read_certificate(path)


def test_cantera_stands_in_for_a_table_within_the_tables_error() -> None:
    table = combustion_table("N2O(L)", "ethanol")
    direct = DirectCombustion.of(table)
    for ratio, pressure in ((3.0, 2e6), (4.5, 3e6)):
        for name in ("c_star", "temperature", "cp"):
            (stated,), (own,) = (t.several((name,), ratio, pressure) for t in (table, direct))
            assert own == pytest.approx(stated, rel=2.0 * table.error[name])


def test_a_rival_on_a_hopeless_way_is_not_stated() -> None:
    """A point that a fit has not got beyond shows a promise only; it is stated where that might be ahead."""
    from hotfire.physics.certificate.issue import _on_a_hopeless_way

    claimed, sound, rival = certified()[1].hypotheses[:3]
    assert not _on_a_hopeless_way(claimed, rival)
    assert _on_a_hopeless_way(claimed, replace(rival, promised=rival.misfit - 9.0))
    assert not _on_a_hopeless_way(claimed, replace(rival, promised=rival.misfit - 99.0))
    assert not _on_a_hopeless_way(claimed, replace(sound, promised=sound.misfit - 9.0))


PAIRS = [
    ("LOX", "RP-1"),
    ("N2O(L)", "paraffin"),
    ("80 % H2O2 + 20 % water", "95 % water + 5 % ethanol"),
]


@pytest.mark.parametrize(("oxidizer", "fuel"), PAIRS)
def test_where_hardly_anything_burns_cantera_is_asked_where_the_table_holds_its_arguments(
    oxidizer: str, fuel: str
) -> None:
    table = combustion_table(oxidizer, fuel)
    direct = DirectCombustion.of(table)
    lean = table.mixture_ratios[1]
    for ratio, pressure in ((0.999 * lean, 2e6), (1.01 * lean, 2e6), (1.3 * lean, 2e6), (1.01 * lean, 5e3)):
        for name in ("c_star", "temperature", "molar_mass", "cp"):
            (stated,), (own,) = (t.several((name,), ratio, pressure) for t in (table, direct))
            assert own == pytest.approx(stated, rel=2.0 * table.error[name]), (ratio, name)


@pytest.mark.parametrize(("oxidizer", "fuel"), PAIRS)
def test_slopes_towards_the_lean_end_are_those_of_the_flame(oxidizer: str, fuel: str) -> None:
    table = combustion_table(oxidizer, fuel)
    ratio = table.mixture_ratios[1] * np.array([0.8, 0.97, 1.01])
    pressure = np.full(3, 2e6)
    own, stated = (_slope(t, ratio, pressure) for t in (DirectCombustion.of(table), table))
    assert own == pytest.approx(stated, rel=0.02)


def test_slopes_about_the_kink_where_carbon_forms_are_those_of_cantera() -> None:
    direct = DirectCombustion.of(combustion_table("N2O(L)", "paraffin"))
    for ratio in (3.0, 3.06, 3.1, 3.13, 3.17):
        off = 1e-4 * ratio
        here, there = (direct.several(("c_star",), r, 2e6)[0] for r in (ratio - off, ratio + off))
        own = _slope(direct, np.array([ratio]), np.array([2e6]))
        assert own[0] == pytest.approx((there - here) / (2.0 * off), rel=0.015), ratio


def _slope(table: Any, ratio: Any, pressure: Any) -> Any:
    """Derivative of c* by the mixture ratio, answered as arrays."""
    here, there = (table.several(("c_star",), ratio * (1.0 + s), pressure)[0] for s in (-1e-5, 1e-5))
    return (there - here) / (2e-5 * ratio)


def test_what_is_stated_has_arrived_at_its_best_point() -> None:
    """What a point leaves promised hangs on the slopes of tables: of rivals that a search left on the way as well."""
    left = {h.name: h.misfit - h.promised for h in certified()[1].hypotheses}
    assert len(left) > 3
    assert max(left.values()) < 0.6, left


@pytest.mark.parametrize("fuel", ["RP-1", "paraffin"])
def test_about_the_kink_where_carbon_forms_a_table_is_within_what_it_may_be_off_by(fuel: str) -> None:
    table = combustion_table("N2O(L)", fuel)
    direct, random = DirectCombustion.of(table), np.random.default_rng(3)
    assert table.soot_limit < table.rough_below < 1.3 * table.soot_limit
    for share in (*random.uniform(0.9, 1.2, 25), 1.0):
        ratio, pressure = share * table.soot_limit, float(np.exp(random.uniform(np.log(3e5), np.log(1e7))))
        for name in ("c_star", "temperature", "molar_mass"):
            (stated,), (own,) = (t.several((name,), ratio, pressure) for t in (table, direct))
            off = DirectCombustion.of(table)
            off.nudged = name
            ((nudged,),) = (off.several((name,), ratio, pressure),)
            assert abs(stated - own) <= abs(nudged - own), (ratio, pressure, name)


def test_a_claim_may_be_led_by_what_the_sum_of_its_courses_makes_up_for() -> None:
    assert allowed_lead("a.b", "c.d", 12, 40) == pytest.approx(3.258, abs=1e-3)
    assert allowed_lead("a.b", "nominal", 12, 40) == allowed_lead("a.b", "c.d", 12, 40)
    assert 0.0 < allowed_lead("nominal", "c.d", 12, 40) < allowed_lead("a.b", "c.d", 12, 40)


def test_levelling_can_favour_a_claim_over_rivals_with_another_number_of_faults() -> None:
    alike = allowed_lead("a.b + c.d", "a.b + e.f", 12, 40)
    assert allowed_lead("a.b + c.d", "a.b", 12, 40) > alike
    assert allowed_lead("a.b", "a.b + c.d", 12, 40) > alike


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), steep=st.floats(0.01, 30.0), alike=st.floats(0.0, 1.0))
def test_both_sides_integrate_two_sizes_to_the_same(seed: int, steep: float, alike: float) -> None:
    random_ = np.random.default_rng(seed)
    first, other, residual = random_.normal(size=(3, 6))
    slopes = steep * np.stack([first, alike * first + (1.0 - alike) * other], axis=1)
    ends = np.sort(random_.uniform(-2.0, 2.0, (2, 2)), axis=1) + np.array([-0.1, 0.1])
    least, log_mean = over_sizes(residual, slopes, [(float(a), float(b)) for a, b in ends])
    stated, found = integrate_sizes(residual, slopes, ends)
    left = residual - slopes @ np.array([m.best for m in found])
    assert log_mean == pytest.approx(stated, abs=0.05)
    assert least == pytest.approx(float(left @ left), abs=1e-3)
