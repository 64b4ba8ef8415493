"""Words as pieces of a pretrained vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

__all__ = ["LONGEST", "PAD", "Words"]

PAD = "[PAD]"
_UNKNOWN = "[UNK]"
LONGEST = 96
"""Pieces of an operator's text that are read; what is longer is cut."""


class Words:
    """A vocabulary of word pieces; number 0 is the padding.

    Attributes:
        pieces: The vocabulary in the order of its numbers.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        """Take the pieces in the order of their numbers; padding first, and one for what is unknown."""
        self.pieces = tuple(pieces)
        numbers = {piece: i for i, piece in enumerate(self.pieces)}
        self._tokenizer = Tokenizer(WordPiece(numbers, unk_token=_UNKNOWN, max_input_chars_per_word=64))
        self._tokenizer.normalizer = BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()
        self._phrase = lru_cache(maxsize=4096)(self._numbers)

    @classmethod
    def read(cls, path: Path) -> Words:
        """Read a vocabulary: one piece a line."""
        return cls(path.read_text(encoding="utf-8").split("\n"))

    def write(self, path: Path) -> None:
        """Write the vocabulary."""
        path.write_text("\n".join(self.pieces), encoding="utf-8")

    def phrase(self, words: str) -> tuple[int, ...]:
        """Return the numbers of a place, a fault or another phrase of the description; kept, since they recur."""
        return self._phrase(words.replace("_", " ").replace(":", " "))

    def text(self, text: str) -> tuple[int, ...]:
        """Return the numbers of an operator's text, at most `LONGEST`."""
        return self._numbers(text)[:LONGEST]

    def _numbers(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text).ids)
