"""The command line's options for the memory of the AOT executor."""

from __future__ import annotations

import functools
from typing import Any

import click

from tvm_model_library.cli.options import byte_count
from tvm_model_library.errors import ModelLibraryError

_OPTIONS = [
    click.option("--arena", type=click.Choice(["internal", "caller"]),
                 help="AOT: a static arena, or one that the caller hands over at each run. [default: internal]"),
    click.option("--pool", "pools", multiple=True, metavar="NAME[=SIZE]",
                 help="AOT: a piece of memory for the arena, in bytes or with K or M; repeat for several, the fastest "
                 "first. [default: one, without a limit]"),
    click.option("--io-in-arena", is_flag=True, default=None, help="AOT: inputs and outputs lie in the arena."),
    click.option("--alignment", type=int,
                 help="AOT: of the arena and every tensor in it, a power of two. [default: 16]"),
    click.option("--constant-section", help="AOT: linker section of the constants. [default: .rodata.tvm]"),
    click.option("--arena-section", help="AOT: linker section of a static arena; each of several pools "
                 "is in <section>.<pool>. [default: .bss.tvm]"),
]  # fmt: skip
_KEYWORDS = ("arena", "pools", "io_in_arena", "alignment", "constant_section", "arena_section")


def with_aot_options(command: Any) -> Any:
    """A click command whose function gets ``aot``: ``AotOptions``, or None where no option was given.

    Raises ``ModelLibraryError`` for an option of the AOT executor beside another executor.
    """

    @functools.wraps(command)
    def collected(*arguments: Any, executor: str, **keywords: Any) -> Any:
        given = {k: v for k in _KEYWORDS if (v := keywords.pop(k)) not in (None, ())}
        if given and executor != "aot":
            names = ", ".join("--pool" if k == "pools" else f"--{k.replace('_', '-')}" for k in given)
            raise ModelLibraryError(f"only the AOT executor has {names}: add --executor aot")
        return command(*arguments, executor=executor, aot=_aot_options(given) if given else None, **keywords)

    for option in reversed(_OPTIONS):
        collected = option(collected)
    return collected


def _aot_options(given: dict[str, Any]) -> Any:
    from tvm_model_library.executors.aot import AotOptions
    from tvm_model_library.plan.arena import ArenaOptions

    arena = {"alignment": given.get("alignment"), "io": given.get("io_in_arena")}
    if "pools" in given:
        arena["pools"] = tuple(map(_pool, given["pools"]))
    sections = {k: v for k, v in given.items() if k.endswith("_section")}
    options = AotOptions(
        ArenaOptions(**{k: v for k, v in arena.items() if v is not None}),
        caller_pools=given.get("arena") == "caller",
        **sections,
    )
    return options.check()


def _pool(text: str) -> Any:
    from tvm_model_library.plan.packing import Pool

    name, equals, size = text.partition("=")
    count = byte_count(size)
    if not name or (equals and count is None):
        raise ModelLibraryError(f"the pool {text!r} is not NAME or NAME=SIZE, such as dtcm=16384 or sram=64K")
    return Pool(name, count)
