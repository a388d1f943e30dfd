"""Run a function over programs in several processes; a crash or a hang costs one program, never the run."""

from __future__ import annotations

import multiprocessing as mp
import signal
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import TypeAlias

from tvm_model_library.errors import ModelLibraryError
from tvm_model_library.verification.corpus.outcome import Outcome, Program, Verdict

Task: TypeAlias = Callable[[Program], Outcome]
GRACE = 10.0  # seconds that a worker has beyond the limit, for code that does not return to Python


class _TimeLimit(BaseException):
    """Past every ``except Exception`` of the code under test."""


def _alarm(signum: int, frame: FrameType | None) -> None:
    raise _TimeLimit


def attempt(task: Task, program: Program, limit: float) -> Outcome:
    """Run ``task`` for at most ``limit`` seconds; whatever it does becomes an outcome."""
    start = time.perf_counter()
    signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        outcome = task(program)
        verdict, message = outcome.verdict, outcome.message
    except ModelLibraryError as error:
        verdict, message = Verdict.REFUSED, str(error)
    except _TimeLimit:
        verdict, message = Verdict.SLOW, f"more than {limit:g} s"
    except Exception as error:  # noqa: BLE001  (a crash of the code under test is a result here)
        place = traceback.extract_tb(error.__traceback__)[-1]
        verdict = Verdict.CRASHED
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:300]} ({place.filename}:{place.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return Outcome(program.id, verdict, message, time.perf_counter() - start)


def _serve(connection: Connection, task: Task, limit: float) -> None:
    while (program := connection.recv()) is not None:
        connection.send(attempt(task, program, limit))


class _Worker:
    def __init__(self, task: Task, limit: float) -> None:
        context = mp.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, task, limit), daemon=True)
        self.process.start()
        theirs.close()
        self.program: Program | None = None
        self.deadline = float("inf")

    def give(self, program: Program, limit: float) -> None:
        self.program, self.deadline = program, time.monotonic() + limit + GRACE
        self.connection.send(program)

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_all(task: Task, programs: Sequence[Program], jobs: int, limit: float) -> Iterator[Outcome]:
    """Outcomes in the order in which they come. ``task`` must be picklable; ``limit`` is in seconds a program."""
    pending = deque(programs)
    workers = [_Worker(task, limit) for _ in range(min(jobs, len(programs)))]
    try:
        for worker in workers:
            worker.give(pending.popleft(), limit)
        while busy := {w.connection: w for w in workers if w.program is not None}:
            timeout = max(0.0, min(w.deadline for w in busy.values()) - time.monotonic())
            ready = wait(list(busy), timeout) or [c for c, w in busy.items() if w.deadline <= time.monotonic()]
            for worker in (busy[c] for c in ready if isinstance(c, Connection)):
                yield _collect(worker)
                if not worker.process.is_alive():
                    workers[workers.index(worker)] = replacement = _Worker(task, limit)
                    worker = replacement
                worker.program = None
                if pending:
                    worker.give(pending.popleft(), limit)
    finally:
        for worker in workers:
            worker.stop()


def _collect(worker: _Worker) -> Outcome:
    """The worker's outcome; a worker that died or hangs is stopped and its program says so."""
    assert worker.program is not None
    hangs = not worker.connection.poll()
    if not hangs:
        try:
            outcome: Outcome = worker.connection.recv()
            return outcome
        except EOFError:
            pass
    worker.stop()
    message = "hangs outside Python" if hangs else f"the process died with status {worker.process.exitcode}"
    return Outcome(worker.program.id, Verdict.SLOW if hangs else Verdict.CRASHED, message)
