"""Steps of weight matrices as rotations, beside AdamW for all other weights."""

from __future__ import annotations

from copy import deepcopy

import pytest

torch = pytest.importorskip("torch", reason="training needs hotfire[train]")

from hotfire.models.orthogonal import Orthogonal, orthogonal  # noqa: E402


def start():
    torch.manual_seed(5)
    return torch.nn.Parameter(torch.randn(6, 4)), torch.nn.Parameter(torch.randn(6))


def made(matrix, vector):
    groups = [
        {"params": [vector], "lr": 0.01, "matrices": False},
        {"params": [matrix], "lr": 0.05, "matrices": True},
    ]
    return Orthogonal(groups, decay=0.1, quick=False)


def walk(matrix, vector, optimizer, steps, wanted):
    for _ in range(steps):
        optimizer.zero_grad()
        (((matrix - wanted) ** 2).sum() + (vector**2).sum()).backward()
        optimizer.step()


@pytest.mark.parametrize("shape", [(3, 5, 40), (3, 40, 5)])
def test_a_turned_step_keeps_its_directions_and_levels_its_sizes(shape):
    torch.manual_seed(1)
    given = torch.randn(shape)
    turned = orthogonal(given)
    u, _, vt = torch.linalg.svd(given, full_matrices=False)
    within = u.mT @ turned @ vt.mT
    sizes = torch.diagonal(within, dim1=1, dim2=2)
    assert sizes.min() > 0.65
    assert sizes.max() < 1.25
    assert (within - torch.diag_embed(sizes)).abs().max() < 1e-3


def test_a_step_of_nothing_stays_nothing():
    assert torch.equal(orthogonal(torch.zeros(2, 3, 4)), torch.zeros(2, 3, 4))


def test_other_weights_move_as_with_adamw():
    matrix, vector = start()
    walk(matrix, vector, made(matrix, vector), 20, torch.zeros(6, 4))
    _, alone = start()
    plain = torch.optim.AdamW([alone], lr=0.01, weight_decay=0.1, betas=(0.9, 0.98))
    for _ in range(20):
        plain.zero_grad()
        (alone**2).sum().backward()
        plain.step()
    assert torch.equal(vector, alone)


def test_a_matrix_comes_to_where_the_loss_is_least():
    matrix, vector = start()
    wanted = torch.full((6, 4), 0.5)
    before = float((matrix.detach() - wanted).norm())
    walk(matrix, vector, made(matrix, vector), 200, wanted)
    assert float((matrix.detach() - wanted).norm()) < 0.2 * before


def test_a_walk_goes_on_from_a_kept_state():
    matrix, vector = start()
    optimizer = made(matrix, vector)
    walk(matrix, vector, optimizer, 5, torch.zeros(6, 4))
    weights, kept = (matrix.detach().clone(), vector.detach().clone()), deepcopy(optimizer.state_dict())
    walk(matrix, vector, optimizer, 5, torch.zeros(6, 4))
    again = tuple(torch.nn.Parameter(w) for w in weights)
    second = made(*again)
    second.load_state_dict(kept)
    walk(*again, second, 5, torch.zeros(6, 4))
    assert torch.equal(again[0], matrix)
    assert torch.equal(again[1], vector)


def test_a_weight_without_a_slope_stays():
    matrix, vector = start()
    before = matrix.detach().clone()
    optimizer = made(matrix, vector)
    (vector**2).sum().backward()
    optimizer.step()
    assert torch.equal(matrix, before)
