"""The diagnosis on simulated logs: false alarms on sound engines, and the score on single faults.

    python benchmarks/campaign.py --nominal 300 --faults 600 --output campaign.jsonl

The plant's equations differ from the model's (docs/explanation/plant.md). Every log is written as CSV and read
back, so that reading, phases and features are tried as well. A fault's size is log-uniform from the smallest
that is detectable on the plant to the largest admissible. Truth about ambiguity comes from the plant
(`benchmarks/oracle.py`), never from the solver.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from oracle import Oracle

from hotfire.diagnose import diagnose
from hotfire.engine_files.reading import load_engine
from hotfire.physics.sensors import SENSOR_FAULTS
from hotfire.plant import PLANT_EQUATIONS
from hotfire.recording.writing import write_csv
from hotfire.simulate import Plant, SimulatedFault, TestSequence
from hotfire.telemetry import read_log

ENGINES = ("stanford-helios", "imperial-dmt", "uvic-mule1")
SENSOR_MODES = ("bias", "scale", "drift", "freeze", "dropout", "noise")
SEQUENCE = TestSequence(burn=3.6, end=5.0)
_SHOWN_BY_THE_SIGNAL = (".freeze", ".dropout", ".noise")


@dataclass(frozen=True)
class Outcome:
    """One case: truth, answer and score."""

    engine: str
    mode: str
    size: float
    onset: float | None
    seed: int
    detectable: bool
    verdict: str
    answer: tuple[str, ...]
    group: tuple[str, ...]
    score: float
    first: str
    seconds: float
    posterior: dict[str, float]


@lru_cache(maxsize=8)
def _tools(name: str, *, identical: bool = False) -> tuple[Any, Plant, Oracle]:
    """The engine that diagnoses, the plant, and who knows the plant."""
    engine = load_engine(name)
    plant = Plant(engine)
    oracle = Oracle(engine, plant, SEQUENCE)
    if identical:
        engine = replace(engine, network=engine.network.with_equations(PLANT_EQUATIONS))
    return engine, plant, oracle


def _diagnosed(
    name: str, faults: list[SimulatedFault], seed: int, *, identical: bool = False
) -> tuple[Any, float]:
    engine, plant, _ = _tools(name, identical=identical)
    log = plant.run(faults, seed, sequence=SEQUENCE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.csv"
        write_csv(log, path, engine.network.ambient_pressure)
        start = time.process_time()
        diagnosis = diagnose(read_log(path), engine, expert="symbolic")
    return diagnosis, time.process_time() - start


def _posterior(diagnosis: Any) -> dict[str, float]:
    return {" + ".join(f.name for f in h.faults) or "nominal": h.probability for h in diagnosis.hypotheses}


def nominal(case: tuple[str, int, bool]) -> Outcome:
    """Diagnose a sound engine; score 1 when nothing is alleged."""
    name, seed, identical = case
    diagnosis, seconds = _diagnosed(name, [], seed, identical=identical)
    first = diagnosis.hypotheses[0].summary if diagnosis.hypotheses else diagnosis.headline
    return Outcome(
        name,
        "nominal",
        0.0,
        None,
        seed,
        False,
        diagnosis.verdict,
        diagnosis.answer_set,
        (),
        float(diagnosis.verdict == "nominal"),
        first,
        seconds,
        _posterior(diagnosis),
    )


def faulty(case: tuple[str, str, int, bool]) -> Outcome:
    """Diagnose one fault and score the answer against the plant's ambiguity."""
    name, mode, seed, identical = case
    random = np.random.default_rng(seed)
    _, _, oracle = _tools(name)
    onset = None if random.random() < 0.4 else float(random.uniform(1.0, 2.6))
    onset = None if oracle.faults[mode].initial else onset
    size = oracle.draw_size(mode, onset, random)
    detectable = size is not None
    if size is None:
        size = oracle.largest(mode)
    diagnosis, seconds = _diagnosed(name, [SimulatedFault(mode, size, onset)], seed, identical=identical)
    answer = _answer(diagnosis)
    group = oracle.group(mode, size, onset) if detectable else ()
    score = float(mode in answer) * min(1.0, len(group) / max(len(answer), 1)) if detectable else float("nan")
    return Outcome(
        name,
        mode,
        size,
        onset,
        seed,
        detectable,
        diagnosis.verdict,
        tuple(answer),
        tuple(group),
        score,
        diagnosis.hypotheses[0].summary if diagnosis.hypotheses else "",
        seconds,
        _posterior(diagnosis),
    )


def _answer(diagnosis: Any) -> list[str]:
    """The answer set; a sensor fault that the signal itself shows stands for the sound engine with it."""
    found = [f.name for f in diagnosis.sensor_findings if f.component not in ("", None)]
    alleged = [a for a in diagnosis.answer_set if a != "nominal"]
    own = [f for f in found if f.endswith((*_SHOWN_BY_THE_SIGNAL, ".zero_offset", ".saturation"))]
    if own and (not alleged or diagnosis.answer_set[0] == "nominal"):
        return [f.replace(".zero_offset", ".bias") for f in own]
    return list(dict.fromkeys([*diagnosis.answer_set]))


def cases(count: int, seed: int) -> list[tuple[str, str, int]]:
    """Spread cases evenly over engines and modes."""
    by_engine = {}
    for name in ENGINES:
        engine = load_engine(name)
        hardware = [name for name, fault in engine.network.faults.items() if fault.weighed]
        sensors = [f"{s}.{m}" for s in engine.sensors for m in SENSOR_MODES if m in SENSOR_FAULTS]
        random = np.random.default_rng(seed)
        by_engine[name] = hardware + list(random.permutation(sensors)[: len(hardware)])
    chosen = []
    for k in range(count):
        name = ENGINES[k % len(ENGINES)]
        modes = by_engine[name]
        chosen.append((name, str(modes[(k // len(ENGINES)) % len(modes)]), seed + 7919 * k))
    return chosen


def main() -> None:
    """Run the campaign and print its tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--nominal", type=int, default=300)
    parser.add_argument("--faults", type=int, default=600)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--identical", action="store_true", help="diagnose with the plant's own equations")
    parser.add_argument("--output", type=Path, default=Path("campaign.jsonl"), help="one JSON line a case")
    parser.add_argument(
        "--table", type=Path, help="print the tables of a file written before, and run nothing"
    )
    arguments = parser.parse_args()
    if arguments.table:
        written = [json.loads(line) for line in arguments.table.read_text().splitlines()]
        print(table([Outcome(**row) for row in written]))
        return
    same = arguments.identical
    sound = [(ENGINES[k % len(ENGINES)], arguments.seed + 104729 * k, same) for k in range(arguments.nominal)]
    outcomes = []
    with ProcessPoolExecutor(arguments.workers) as pool, arguments.output.open("w") as out:
        jobs = [pool.submit(nominal, c) for c in sound]
        jobs += [pool.submit(faulty, (*c, same)) for c in cases(arguments.faults, arguments.seed)]
        for job in as_completed(jobs):
            outcomes.append(job.result())
            out.write(json.dumps(asdict(outcomes[-1])) + "\n")
            out.flush()
    print(table(outcomes))


def _cell(outcomes: list[Outcome]) -> str:
    """Mean score and number of cases."""
    return f"{np.mean([o.score for o in outcomes]):.2f} ({len(outcomes)})" if outcomes else ""


def _summary(seen: list[Outcome]) -> list[str]:
    """Figures beside the score, over the detectable faults."""
    sensor = [o for o in seen if o.mode.rsplit(".", maxsplit=1)[1] in SENSOR_FAULTS]
    alone = [o for o in seen if len(o.group) == 1]
    shares = [len(o.answer) / len(o.group) for o in seen]
    many = float(np.mean([len(o.group) > 3 for o in seen]))
    weighed = [o for o in seen if o.posterior and not o.mode.endswith(_SHOWN_BY_THE_SIGNAL)]
    log_loss = float(np.mean([-np.log(max(o.posterior.get(o.mode, 0.0), 1e-3)) for o in weighed]))
    return [
        f"- sensor faults {_cell(sensor)}, hardware faults {_cell([o for o in seen if o not in sensor])}",
        f"- strict first answer where the group has one member ({len(alone)}): "
        f"{np.mean([o.answer[:1] == o.group for o in alone]):.2f}",
        f"- size of the answer set over that of the group, median {np.median(shares):.2f}; groups of more than 3: "
        f"{many:.0%}",
        f"- log loss of the true fault where it is weighed, at most 6.9 a case ({len(weighed)}): {log_loss:.2f}",
        f"- any verdict but nominal: {np.mean([o.verdict != 'nominal' for o in seen]):.0%}",
        f"- processor time of a diagnosis: 95 % below {np.quantile([o.seconds for o in seen], 0.95):.1f} s",
    ]


def table(outcomes: list[Outcome]) -> str:
    """Render the figures as Markdown."""
    lines = []
    sound = [o for o in outcomes if o.mode == "nominal"]
    alarms = [o for o in sound if not o.score]
    if sound:
        lines.append(
            f"Sound engines: {len(sound)} logs, {len(alarms)} false alarms ({len(alarms) / len(sound):.2%})"
        )
        lines += [f"- {o.engine} seed {o.seed}: {o.verdict}, {o.first}" for o in alarms]
    faults = [o for o in outcomes if o.mode != "nominal"]
    seen = [o for o in faults if o.detectable]
    if seen:
        lines.append(
            f"Single faults: {len(faults)} logs, {len(seen)} detectable, mean score "
            f"{np.mean([o.score for o in seen]):.3f}"
        )
        lines += _summary(seen)
        lines += ["", f"| mode | {' | '.join(ENGINES)} | all |", f"|---|{'---|' * (len(ENGINES) + 1)}"]
        modes = sorted({o.mode.split(".")[1] for o in seen})
        for mode in [*modes, ""]:
            rows = [o for o in seen if o.mode.endswith(mode)]
            cells = [_cell([o for o in rows if o.engine == engine]) for engine in ENGINES]
            lines.append(f"| {mode or 'all'} | {' | '.join(cells)} | {_cell(rows)} |")
    quiet = [o for o in faults if not o.detectable]
    if quiet:
        right = sum(o.verdict in ("nominal", "insufficient_data") for o in quiet)
        lines.append(f"\nUndetectable: {len(quiet)}, of these {right} answered nominal or insufficient data")
    lines.append(f"\nProcessor time a diagnosis: median {np.median([o.seconds for o in outcomes]):.1f} s")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
