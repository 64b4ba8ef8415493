"""The network: sensors as tokens, the operator's text through the pretrained encoder, each hypothesis asked in turn.

A token is what stands at a place (its words' pretrained vectors, averaged) together with how it departs (numbers).
The operator's words pass the fine-tuned layers of the pretrained encoder and join the tokens. A hypothesis about
hardware is a question in words that looks at all tokens; a sensor's fault is read at the sensor's own token. So the
same weights serve any engine that is described in the same words.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from hotfire.models.encoding import NUMBERS

__all__ = ["Attention", "Layer", "Look", "Network", "Shape", "TextEncoder"]

_MASKED = -1e4
"""Added to what must not be looked at; finite, so that a row of padding alone stays a number."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a network.

    Attributes:
        vocabulary: Word pieces.
        modes: Faults of sensors.
        width: Of a token.
        layers: Of the encoder over tokens.
        looks: That a question takes at the tokens.
        heads: Of attention over tokens.
        word_width: Of the pretrained encoder.
        text_layers: Of the pretrained encoder that are kept.
        text_heads: Of its attention.
        positions: Word pieces of a text that have a position.
    """

    vocabulary: int
    modes: tuple[str, ...]
    width: int = 128
    layers: int = 3
    looks: int = 2
    heads: int = 4
    word_width: int = 384
    text_layers: int = 2
    text_heads: int = 12
    positions: int = 128

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


class Attention(nn.Module):
    """Scaled dot-product attention with several heads (Vaswani et al., arXiv 1706.03762, section 3.2)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))

    def forward(self, asking: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return what each asking vector finds among the tokens, shape (n, Q, width)."""
        n, width = asking.shape[0], asking.shape[-1]
        size = width // self.heads
        q = self.query(asking).view(n, -1, self.heads, size).transpose(1, 2)
        k = self.key(tokens).view(n, -1, self.heads, size).permute(0, 2, 3, 1)
        v = self.value(tokens).view(n, -1, self.heads, size).transpose(1, 2)
        share = torch.softmax(q @ k / math.sqrt(size) + mask, dim=-1)
        found: Tensor = self.out((share @ v).transpose(1, 2).reshape(n, -1, width))
        return found


class Layer(nn.Module):
    """One layer of an encoder; `after` puts the normalisation where the pretrained one has it."""

    def __init__(self, width: int, heads: int, *, after: bool) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.after = after

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the tokens, each having looked at the others, shape (n, T, width)."""
        if self.after:
            x = self.first(x + self.attention(x, x, mask))
            x = self.second(x + self._forward(x))
        else:
            y = self.first(x)
            x = x + self.attention(y, y, mask)
            x = x + self._forward(self.second(x))
        return x

    def _forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.narrow(functional.gelu(self.wide(x)))
        return found


class TextEncoder(nn.Module):
    """The layers of the pretrained encoder that are kept; attributes are named after its own weights."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.word_width
        # Word vectors stay as they were pretrained, so that words that no training case used keep their neighbours.
        self.words = nn.Embedding(shape.vocabulary, width).requires_grad_(False)
        self.positions = nn.Parameter(torch.zeros(shape.positions, width))
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(
            Layer(width, shape.text_heads, after=True) for _ in range(shape.text_layers)
        )

    def phrase(self, pieces: Tensor) -> Tensor:
        """Mean vector of the pieces of each phrase, normalised, shape (U, word_width)."""
        there = (pieces > 0).unsqueeze(-1).to(self.words.weight.dtype)
        mean = (self.words(pieces) * there).sum(1) / there.sum(1).clamp(min=1.0)
        scaled: Tensor = functional.layer_norm(mean, (self.words.embedding_dim,))
        return scaled

    def forward(self, pieces: Tensor) -> Tensor:
        """Vectors of the pieces of each text in their context, shape (n, T, word_width)."""
        x: Tensor = self.norm(self.words(pieces) + self.positions[: pieces.shape[1]])
        mask = _mask(pieces)
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Look(nn.Module):
    """One look of the questions at all tokens, and what each makes of it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.asking, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.weigh = nn.Sequential(nn.LayerNorm(width), _two_layers(width, 2 * width, width))

    def forward(self, asked: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """Return the questions, each having looked at the tokens, shape (n, Q, width)."""
        asked = asked + self.attention(self.asking(asked), tokens, mask)
        weighed: Tensor = asked + self.weigh(asked)
        return weighed


class Network(nn.Module):
    """Logits of all hypotheses of each case, and the vector that stands for the case."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.text = TextEncoder(shape)
        self.of_text, self.of_context, self.of_place = (nn.Linear(shape.word_width, width) for _ in range(3))
        self.of_numbers = _two_layers(NUMBERS, width, width)
        self.together = _two_layers(2 * width, width, width)
        self.case = nn.Parameter(0.02 * torch.randn(width))
        self.layers = nn.ModuleList(Layer(width, shape.heads, after=False) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        self.of_fault = _two_layers(shape.word_width, 2 * width, width)
        self.looks = nn.ModuleList(Look(width, shape.heads) for _ in range(shape.looks))
        self.verdict = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1))
        self.fits = nn.Linear(width, width)
        self.sound = nn.Linear(width, 1)
        self.of_sensor = _two_layers(width, width, len(shape.modes))

    def forward(
        self, phrases: Tensor, context: Tensor, places: Tensor, numbers: Tensor, faults: Tensor, text: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Answer n cases, as `hotfire.models.batch.Batch` holds them.

        Returns:
            Logits, shape (n, 1 + H + S M), and features, shape (n, width).
        """
        table = self.text.phrase(phrases)
        place = self.of_place(table)[places]
        said = self.of_numbers(numbers)
        sensors = place + said + self.together(torch.cat([place, said], dim=-1))
        case = self.case.expand(context.shape[0], 1, -1)
        x = torch.cat([case, self.of_context(table)[context], sensors, self._of_words(text)], dim=1)
        mask = _mask(torch.cat([torch.ones_like(text[:, :1]), context, places, text], dim=1))
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        first = 1 + context.shape[1]
        own, tokens = x[:, 0], x[:, first : first + places.shape[1]]
        asked = self.of_fault(table)[faults]
        for look in self.looks:
            asked = look(asked, x, mask)
        match = (asked @ self.fits(own).unsqueeze(-1)).squeeze(-1) / math.sqrt(self.shape.width)
        hardware = self.verdict(asked).squeeze(-1) + match
        return torch.cat([self.sound(own), hardware, self.of_sensor(tokens).flatten(1)], dim=1), own

    def _of_words(self, text: Tensor) -> Tensor:
        """Tokens of the operators' texts, shape (n, T, width)."""
        if self.training and not text.any():
            # Nobody looks at padding, so nothing is lost; an export must hold one way for all.
            return self.case.new_zeros((*text.shape, self.shape.width))
        tokens: Tensor = self.of_text(self.text(text))
        return tokens


def _two_layers(inside: int, between: int, outside: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inside, between), nn.GELU(), nn.Linear(between, outside))


def _mask(rows: Tensor) -> Tensor:
    """What is added to attention so that padding is not looked at, shape (n, 1, 1, T)."""
    hidden: Tensor = (rows == 0).to(torch.float32) * _MASKED
    return hidden[:, None, None, :]
