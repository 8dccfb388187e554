"""The random words of masks and dropout: Philox4x32-10 by counter, in torch operations.

The words are those of sections 1 and 7 of gpgen's `schemas/noise.md`, so a mask follows from (seed, step, layer, the
sample's place in its batch) alone, and is the one that `gpgen train` draws.

Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

WORD = 0xFFFFFFFF
ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)

PURPOSE_MASKS = 3
# What is drawn: the elements of a mask, the survivor where all of them would be blocked, the channels that dropout drops.
ELEMENTS, SURVIVOR, DROPOUT = 0, 1, 2


def product(words: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """The high and the low 32 bits of `words * factor`. Products of 32 and 16 bits stay within a signed 64-bit number."""
    low = words * (factor & 0xFFFF)
    middle = words * (factor >> 16) + (low >> 16)
    return middle >> 16, (middle & 0xFFFF) << 16 | low & 0xFFFF


def philox(counter: tuple[Tensor, Tensor, Tensor, Tensor], key: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Philox4x32-10: four random words for each counter of four words.

    Args:
        counter: int64 tensors from 0 to 2^32 - 1, which broadcast.
        key: from 0 to 2^64 - 1.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key & WORD, key >> 32
    for _ in range(ROUNDS):
        high0, low0 = product(c0, MULTIPLIERS[0])
        high1, low1 = product(c2, MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + KEY_STEPS[0]) & WORD, (k1 + KEY_STEPS[1]) & WORD
    return c0, c1, c2, c3


def rounded(value: float) -> int:
    """The nearest whole number; halves go up."""
    floor = math.floor(value)
    return floor + (value - floor >= 0.5)


@dataclass(frozen=True)
class MaskNoise:
    """The words that one layer draws at one step.

    Legend: S masks, one for each sample of a batch or one for all of it; N elements of a mask.
    """

    seed: int
    step: int
    layer: int
    device: torch.device | None = None

    def words(self, masks: int, count: int, use: int) -> Tensor:
        """The first `count` words of each mask's stream: int64, shape (S, N)."""
        blocks = torch.arange((count + 3) // 4, device=self.device)
        samples = torch.arange(masks, device=self.device)[:, None]
        step = torch.tensor(self.step, device=self.device)
        purpose = torch.tensor(PURPOSE_MASKS << 24 | use << 20 | self.layer, device=self.device)
        words = torch.broadcast_tensors(*philox((blocks, step, purpose, samples), self.seed))
        return torch.stack(words, dim=2).flatten(1)[:, :count]

    def kept(self, masks: int, count: int, use: int, probability: float) -> Tensor:
        """Which elements are kept, each blocked with the given probability: bool, shape (S, N)."""
        return self.words(masks, count, use) >= rounded(probability * 2**32)

    def survivors(self, masks: int, count: int) -> Tensor:
        """One of `count` elements for each mask, each as likely: (w0 * 2^32 + w1) * count / 2^64, floored; shape (S,).

        `count` is under 2^31, so that the products stay within a signed 64-bit number.
        """
        w0, w1 = self.words(masks, 2, SURVIVOR).unbind(1)
        return w0 * count + (w1 * count >> 32) >> 32
