"""What a training folder keeps."""

import pytest

from hotfire.learning.recipe import Recipe, keep, kept, note_spent, spent_before
from hotfire.physics.errors import HotfireError


def test_a_recipe_is_kept_and_read_again(tmp_path):
    recipe = Recipe(cases=700, epochs=2, seed=5)
    keep(recipe, tmp_path / "training")
    assert kept(tmp_path / "training") == (recipe, {})


def test_what_training_took_is_known_after_an_interruption(tmp_path):
    assert spent_before(tmp_path) == 0.0
    note_spent(tmp_path, 120.4)
    note_spent(tmp_path, 180.0)
    assert spent_before(tmp_path) == 180.0


def test_a_folder_of_no_training_is_refused(tmp_path):
    with pytest.raises(HotfireError, match="no folder of a training"):
        kept(tmp_path)
