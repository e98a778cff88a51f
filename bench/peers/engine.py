"""PyTorch's side of `npm run bench -- engine` and `-- models`: answers requests, one JSON object a line (bench/harness/child.ts), until its input ends.

Started by the bench, not by hand. Verbs as in bench/engine/protocol.ts and bench/models/protocol.ts: opens one piece of work and repeats it on request; every
answer carries the seconds that were measured here, around the work alone.
"""

import os
import re
import sys
import time

import torch
import transformers
from answering import serve
from engine_decoder import open_decoder
from engine_model import open_generate, open_pass, open_sft

work = {}


def facts():
    blas = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    versions = {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__}
    return {**versions, "blas": blas.group(1) if blas else "unknown"}


def gemm(threads, side):
    """Largest rate of f32 matrix products of this size, GFLOP/s."""
    torch.set_num_threads(threads)
    a, b = torch.rand(side, side), torch.rand(side, side)
    best = float("inf")
    for _ in range(6):
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    return {"gflops": 2 * side**3 / best / 1e9}


def opened(made):
    work["now"] = made
    return {"flops": 0, "seconds": getattr(made, "seconds", None)}


VERBS = {
    "facts": facts,
    "gemm": gemm,
    "openDecoder": lambda **args: opened(open_decoder(**args)),
    "openSft": lambda **args: opened(open_sft(**args)),
    "step": lambda: work["now"].step(),
    "save": lambda dir: work["now"].save(dir),
    "openGenerate": lambda **args: opened(open_generate(**args)),
    "warm": lambda: work["now"].warm(),
    "openPass": lambda **args: opened(open_pass(**args)),
    "pass": lambda: work["now"].run(),
    "logprobs": lambda file: work["now"].logprobs(file),
    "generate": lambda seed: work["now"].run(seed),
}


if __name__ == "__main__":
    serve(VERBS)
