"""Threefry-4x64 with 20 rounds, TVM 0.18's variant, in NumPy.

A generator is 10 words: key (0 to 3), path (4, 5), counter (6, 7), and one bit that marks the path's end (8, 9).
Unlike the paper's generator (Salmon et al. 2011), the key is not added after the last round, and a counter is advanced
by adding to all of its words. Definition: TVM 0.18 python/tvm/topi/random/kernel.py.
"""

from __future__ import annotations

import numpy as np

from tvm_model_library.tensors import Array

WORDS = 4
KEY_WORDS = 10
ROTATIONS = ((14, 16), (52, 57), (23, 40), (5, 37), (25, 33), (46, 12), (58, 22), (32, 32))
PARITY = 0x1BD11BDAA9FC1A22
_ALL = np.uint64(2**64 - 1)


def threefry(key: Array, counter: Array, count: int) -> Array:
    """``count`` states of four words: the cipher of ``counter``, ``counter + 1``, ... under ``key``."""
    parity = np.bitwise_xor.reduce(key) ^ np.uint64(PARITY)
    schedule = [*key, parity]
    with np.errstate(over="ignore"):
        words = [counter[j] + np.arange(count, dtype=np.uint64) for j in range(WORDS)]
        for group in range(5):
            for j in range(WORDS):
                words[j] = words[j] + schedule[(group + j) % 5] + np.uint64(group if j == 3 else 0)
            for k in range(4):
                for pair, rotation in enumerate(ROTATIONS[(group * 4 + k) % 8]):
                    a, b = words[2 * pair], words[2 * pair + 1]
                    left, right = np.uint64(rotation), np.uint64(64 - rotation)
                    words[2 * pair] = a + b
                    words[2 * pair + 1] = words[2 * pair] ^ ((b << left) | (b >> right))
                words = [words[0], words[3], words[2], words[1]]
    return np.stack(words, axis=1)


def _shift_right(high: np.uint64, low: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The marker bit of a 128-bit number moved right by one."""
    if high == 1:
        return np.uint64(0), np.uint64(1 << 63)
    return (np.uint64(0), low >> np.uint64(1)) if high == 0 else (high >> np.uint64(1), np.uint64(0))


def generate(generator: Array, count: int) -> tuple[Array, Array]:
    """The advanced generator and ``count`` random words."""
    state = generator.copy()
    if not generator[7] < _ALL - np.uint64(count):
        state[6:8] = 0
        if generator[8] == 0 and generator[9] == 0:
            state[:4] = threefry(generator[:4], np.asarray([_ALL, _ALL, 0, 0], np.uint64), 1)[0]
            state[4:6] = 0
            state[8:10] = 1 << 63, 0
        else:
            state[4:6] = generator[4:6] | generator[8:10]
            state[8:10] = _shift_right(generator[8], generator[9])
    full = count // WORDS
    values = threefry(state[:4], state[4:8], full).reshape(-1)
    with np.errstate(over="ignore"):
        if count % WORDS:
            state[7] += np.uint64(full * WORDS)
            values = np.concatenate([values, threefry(state[:4], state[4:8], 1)[0, : count % WORDS]])
            state[7] += np.uint64(WORDS)
        else:
            state[7] += np.uint64(count)
    state[6] = 0
    return state, values


def split(generator: Array) -> tuple[Array, Array]:
    """Two generators, independent of each other: the path goes left (0) or right (1)."""
    left, right = generator.copy(), generator.copy()
    if generator[8] == 0 and generator[9] == 0:
        left[:4] = right[:4] = threefry(generator[:4], generator[4:8], 1)[0]
        left[4:10] = 0, 0, 0, 0, 1 << 62, 0
        right[4:10] = 1 << 63, 0, 0, 0, 1 << 62, 0
    else:
        left[8:10] = right[8:10] = _shift_right(generator[8], generator[9])
        right[4:6] = generator[4:6] | generator[8:10]
    return left, right
