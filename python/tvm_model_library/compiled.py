"""A compiled model: what the executors made of a plan, and what archives, reports, build trees and runs are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from tvm_model_library.c_text.literals import CodeFile
from tvm_model_library.compiler.targets.target import Target
from tvm_model_library.executors import graph_embedding
from tvm_model_library.executors.aot import AotOptions
from tvm_model_library.model import Model
from tvm_model_library.plan.memory import lower_bound, pool_sizes
from tvm_model_library.plan.plan import Plan


@dataclass(frozen=True, eq=False)
class CompiledModel:
    """A compiled model. ``plan`` has its memory planned; ``code`` are the generated files; ``graph_json`` is None for
    the AOT executor; ``params`` is the parameter blob (empty of tensors for AOT, whose constants are in the code).
    """

    model: Model = field(repr=False)
    plan: Plan = field(repr=False)
    target: Target
    executor: str
    code: tuple[CodeFile, ...] = field(repr=False)
    graph_json: str | None = field(repr=False)
    params: bytes = field(repr=False)
    aot: AotOptions | None = None

    @property
    def name(self) -> str:
        """The model name: what every symbol carries."""
        return self.plan.name

    def memory(self) -> dict[str, int]:
        """Bytes by purpose: ``arena_size`` (all tensors in the arena; the graph executor's tables come on top of it),
        ``arena_lower_bound`` (what no plan of these calls can bring that below), ``constants_size``, ``input_size``,
        ``output_size``, ``state_size`` (of the arena: what is kept between runs).
        """
        plan = self.plan
        return {
            "arena_size": sum(pool_sizes(plan).values()) if self.aot else graph_embedding.arena_storage_bytes(plan),
            "arena_lower_bound": lower_bound(plan),
            "constants_size": sum(a.nbytes for a in plan.constants.values()),
            "input_size": sum(plan.buffers[b].spec.nbytes for b in plan.inputs),
            "state_size": sum(plan.buffers[b].spec.nbytes for b in plan.states),
            "output_size": sum(plan.buffers[b].spec.nbytes for b in plan.outputs),
        }
