"""Random numbers: the cipher against plain integers, generators that run out, distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from _harness import check, evaluate, rejects, ty

WORD = 1 << 64
FRESH = np.asarray([1, 2, 3, 4, 0, 0, 0, 0, 1 << 63, 0], np.uint64)


def key(counter: int = 0, path_end: tuple[int, int] = (1 << 63, 0)) -> Any:
    return np.asarray([1, 2, 3, 4, 0, 0, 0, counter, *path_end], np.uint64)


def cipher(secret: list[int], counter: list[int]) -> list[int]:
    """Threefry-4x64 over Python's integers, without the key addition after the last round."""
    rotations = [(14, 16), (52, 57), (23, 40), (5, 37), (25, 33), (46, 12), (58, 22), (32, 32)]
    extended = [*secret, 0x1BD11BDAA9FC1A22 ^ secret[0] ^ secret[1] ^ secret[2] ^ secret[3]]
    w = list(counter)
    for step in range(20):
        if step % 4 == 0:
            s = step // 4
            w = [(w[j] + extended[(s + j) % 5] + (s if j == 3 else 0)) % WORD for j in range(4)]
        r = rotations[step % 8]
        for i in (0, 1):
            a, b = w[2 * i], w[2 * i + 1]
            w[2 * i] = (a + b) % WORD
            w[2 * i + 1] = w[2 * i] ^ ((b << r[i]) % WORD | b >> (64 - r[i]))
        w = [w[0], w[3], w[2], w[1]]
    return w


def test_cipher() -> None:
    state, values = evaluate("random.threefry_generate", FRESH, out_shape=(2, 4))
    assert values[0].tolist() == cipher([1, 2, 3, 4], [0, 0, 0, 0])
    assert values[1].tolist() == cipher([1, 2, 3, 4], [1, 1, 1, 1])
    assert state[7] == 8


@pytest.mark.parametrize(
    "generator", [key(), key(WORD - 3), key(WORD - 3, (1, 0)), key(WORD - 3, (0, 8)), key(WORD - 3, (0, 0))]
)
def test_generate_and_split(generator: Any) -> None:
    check("random.threefry_generate", generator, out_shape=(2, 5))
    left, right = check("random.threefry_split", generator)
    assert left.tolist() != right.tolist()


def test_exhausted_counter_moves_on() -> None:
    state, _ = evaluate("random.threefry_generate", key(WORD - 3), out_shape=(4,))
    assert state[4] == 1 << 63
    assert state[8] == 1 << 62
    assert state[7] == 4
    state, _ = evaluate("random.threefry_generate", key(WORD - 3, (0, 0)), out_shape=(4,))
    assert state[:4].tolist() == cipher([1, 2, 3, 4], [WORD - 1, WORD - 1, 0, 0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform(dtype: str) -> None:
    low, high = np.asarray(-1, dtype), np.asarray(3, dtype)
    _, values = check("random.uniform", FRESH, low, high, out_shape=(40, 50), out_dtype=dtype)
    assert values.min() >= -1
    assert values.max() < 3
    assert abs(values.mean() - 1) < 0.1


def test_normal() -> None:
    mean, scale = np.asarray(2, np.float32), np.asarray(3, np.float32)
    _, values = check("random.normal", FRESH, mean, scale, out_shape=(5000,), out_dtype="float32")
    assert abs(values.mean() - 2) < 0.2
    assert abs(values.std() - 3) < 0.2


def test_multinomial() -> None:
    weights = np.asarray([[1, 0, 3], [-1, 2, 2]], np.float32)
    _, samples = check("random.multinomial", FRESH, weights, num_samples=2000)
    shares = np.stack([np.bincount(row, minlength=3) for row in samples]) / 2000
    np.testing.assert_allclose(shares, [[0.25, 0, 0.75], [0, 0.5, 0.5]], atol=0.05)


def test_type_rules() -> None:
    rejects("random.threefry_generate", ty(10), match="key must be", argument=0, out_shape=(2,))
    generator = ty(10, dtype="uint64")
    rejects("random.uniform", generator, ty(), ty(), match="out_dtype", out_shape=(2,), out_dtype="float16")
    rejects("random.normal", generator, ty(2), ty(), match="scalars", out_shape=(2,), out_dtype="float32")
    rejects("random.multinomial", generator, ty(None, 3), match="static")
