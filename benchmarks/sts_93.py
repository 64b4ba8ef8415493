"""STS-93: can the sensors of an SSME tell a leak of the nozzle's coolant from a loss of oxidizer-turbine efficiency?

On 23 July 1999 a pin from an injector tore coolant tubes of a nozzle; hydrogen leaked until cut-off and the engine ran
with less fuel. By the engine file `ssme`, with its own sensors and tolerances: how far the leak is from a loss of
efficiency of the size that comes nearest, and which one sensor would tell them apart.

    python benchmarks/sts_93.py [--leak 1.6] [--windows 6] [--valves-unknown]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hotfire.analysis.bench import Bench
from hotfire.analysis.candidates import candidate_sensors
from hotfire.analysis.separation import ALIKE, Scene, StatedSize
from hotfire.engine import Engine
from hotfire.engine_files.reading import load_engine
from hotfire.stand_sensors import mainstage

LEAK, LOSS = "nozzle_jacket.leak", "hpot.efficiency_loss"
PRICE = {"pressure": 1, "temperature": 1, "rotation": 2, "mass_flow": 4, "force": 8}
"""What a sensor of a kind costs to fit, relative to a pressure tap: an assumption."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leak", type=float, default=1.6, help="hydrogen lost in kg/s, 3.5 lb/s by default")
    parser.add_argument("--windows", type=int, default=6)
    parser.add_argument(
        "--valves-unknown",
        action="store_true",
        help="as if nobody had recorded what the controller did to its valves",
    )
    arguments = parser.parse_args()
    start = time.process_time()
    engine = load_engine("ssme")
    if arguments.valves_unknown:
        engine = without_positions(engine)
    candidates = candidate_sensors(engine, mainstage(engine.network))
    bench = Bench(engine, candidates, arguments.windows, only=(LEAK, LOSS))
    print(
        f"{len(engine.sensors)} sensors, {len(bench.distinct)} candidates, {time.process_time() - start:.0f} CPU s"
    )
    size = leak_size(bench, arguments.leak)
    print(f"a leak of {arguments.leak} kg/s is {LEAK} = {size:.4f}")
    for stated in (StatedSize(size, relative=False), StatedSize(2.0)):
        for sets_in in (False, True):
            report(bench, Scene(bench, stated, sets_in=sets_in), sets_in=sets_in)
    print(f"{time.process_time() - start:.0f} CPU s")


def without_positions(engine: Engine) -> Engine:
    """Give the valves that the controller moves a tolerance that covers what it does."""
    components = dict(engine.network.components)
    for name in ("opov", "fpov"):
        components[name] = replace(
            components[name], tolerances={**components[name].tolerances, "effective_area": 0.2}
        )
    return replace(engine, network=replace(engine.network, components=components))


def leak_size(bench: Bench, lost: float) -> float:
    """Size of the leak that loses so much hydrogen: what enters the jacket less what leaves it."""
    names = {s.measures: i for i, s in enumerate(bench.rig.sensors)}
    ends = [names["nozzle_jacket.inlet.flow"], names["preburner_fuel_supply.inlet.nozzle_jacket.flow"]]
    sizes = np.geomspace(1e-4, bench.effects.largest[LEAK], 60)
    flows = bench.effect(LEAK, sizes, sets_in=False)[:, 1:, ends].mean(axis=1)
    return float(np.interp(lost, flows[:, 0] - flows[:, 1], sizes))


def report(bench: Bench, scene: Scene, *, sets_in: bool) -> None:
    """Print what one course shows at one size."""
    leak, loss = scene.names.index(LEAK), scene.names.index(LOSS)
    size, between, points = scene.sizes[leak], scene.present.between, scene.view.points
    print(f"\nleak of {size:.4f}, {'set in half-way' if sets_in else 'there from the start'}:")
    for name in (LEAK, LOSS):
        smallest = scene.smallest[name]
        print(f"  smallest detectable {name}: {'none' if smallest is None else f'{smallest:.4f}'}")
    lengths = np.linalg.norm(points[[leak, loss]], axis=1)
    print(f"  {lengths[0]:.1f} from the sound engine")
    print(
        f"  nearest loss of efficiency: {between[leak, loss]:.2f} away, at {nearest_size(scene, leak, loss):.4f}"
    )
    cosine = float(points[leak] @ points[loss] / lengths.prod())
    print(f"  cosine between the leak and a loss of {scene.sizes[loss]:.4f}: {cosine:+.2f}")
    alike = [scene.names[j] for j in np.argsort(between[leak]) if j != leak and between[leak, j] <= ALIKE]
    print(f"  alike: {len(alike)}: {', '.join(alike[:9])}")
    if not sets_in:
        print(
            f"  each sensor by itself, in standard deviations: {', '.join(sensors_of(bench, scene, leak)[:6])}"
        )
    found = []
    for name in bench.distinct:
        after = scene.with_features(bench.features(bench.columns_of(name)))
        sensor = bench.candidates[name]
        found.append((PRICE[sensor.kind], -float(after.between[leak, loss]), sensor.measures, sensor.kind))
    apart = [f for f in found if -f[1] > ALIKE]
    print(
        f"  {len(apart)} of {len(found)} candidates bring them more than {ALIKE:g} apart; cheapest and farthest:"
    )
    for price, minus, measures, kind in dict.fromkeys(
        [*sorted(apart)[:3], *sorted(found, key=lambda f: f[1])[:3]]
    ):
        print(f"    {measures} ({kind}, price {price}): {-minus:.1f} apart")


def nearest_size(scene: Scene, truth: int, rival: int) -> float:
    """Size of the rival at the point of its paths that is nearest to the truth."""
    squares = scene.squares.from_truth[truth]
    sizes = np.concatenate([p.sizes for p in scene.paths])
    owners = np.concatenate([[p.fault == scene.names[rival]] * p.sizes.size for p in scene.paths])
    return float(sizes[owners][np.argmin(squares[owners])])


def sensors_of(bench: Bench, scene: Scene, fault: int) -> Sequence[str]:
    """Departures of the mean of the last window by themselves, strongest first."""
    effect = scene.raw[fault].reshape(bench.rig.sound.shape)[-1]
    sigma = np.sqrt(np.diag(bench.covariance)).reshape(bench.rig.sound.shape)[-1]
    shares = {bench.rig.sensors[c].name: effect[c] / sigma[c] for c in bench.given}
    return [f"{n} {v:+.2f}" for n, v in sorted(shares.items(), key=lambda s: -abs(s[1]))]


if __name__ == "__main__":
    main()
