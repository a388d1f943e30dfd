"""Pieces of memory for the AOT executor's tensors: ``WorkspaceMemoryPools([WorkspacePoolInfo("sram", [target])])``.

The pools come fastest first: what is read and written most goes to the first. Definition: TVM 0.18
python/tvm/ir/memory_pools.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tvm_model_library.microtvm import names


@dataclass(frozen=True)
class PoolInfoProperties:
    """A pool's size in bytes (-1: as large as needed). The other figures are not asked for: the order of the pools
    says which is the fastest.
    """

    size_hint_bytes: int = -1
    clock_frequency_hz: int = -1
    read_bandwidth_bytes_per_cycle: int = -1
    write_bandwidth_bytes_per_cycle: int = -1
    read_latency_cycles: int = 0
    write_latency_cycles: int = 0
    target_burst_bytes: Mapping[Any, int] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkspacePoolInfo:
    """A pool by its name, which is a C identifier, and the targets that reach it."""

    pool_name: str
    targets: Sequence[Any]
    pool_info_properties: PoolInfoProperties = field(default_factory=PoolInfoProperties)

    @property
    def size_hint_bytes(self) -> int:
        """Its size in bytes; -1 where there is no limit."""
        return self.pool_info_properties.size_hint_bytes


@dataclass(frozen=True)
class ConstantPoolInfo:
    """A pool of constants: refused by ``relay.build``, as the constants of the code lie in one linker section."""

    pool_name: str
    targets: Sequence[Any]
    constant_info_arr: Sequence[Any] = ()
    pool_info_properties: PoolInfoProperties = field(default_factory=PoolInfoProperties)


@dataclass(frozen=True)
class WorkspaceMemoryPools:
    """The pools of a build, the fastest first."""

    pools: Sequence[WorkspacePoolInfo]


@dataclass(frozen=True)
class ConstantMemoryPools:
    """The pools of constants of a build."""

    pools: Sequence[ConstantPoolInfo]


PoolInfo = WorkspacePoolInfo  # its name in TVM 0.8 and 0.9

__getattr__ = names.missing(__name__)
