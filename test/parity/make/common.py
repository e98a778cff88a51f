"""Shared pieces of the fixture makers: seeds, versions, scaled random weights, writing safetensors and json.

Golden values come from these makers only; run them with an environment that has the versions named in fixtures/README.md:
    python test/parity/make/qwen2_5_vl.py && python test/parity/make/siglip.py && python test/parity/make/processing.py
"""

import inspect
import json
import os
import sys

import numpy as np
import torch
import transformers
import transformers.models.qwen2_5_vl.modeling_qwen2_5_vl as modeling
from safetensors.torch import save_file

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
VERSIONS = {
    "python": sys.version.split()[0],
    "torch": torch.__version__.split("+")[0],
    "transformers": transformers.__version__,
    "numpy": np.__version__,
}
torch.set_num_threads(2)


def path(*parts):
    full = os.path.join(FIXTURES, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def write_tensors(tensors, *parts):
    save_file({k: v.detach().contiguous().clone() for k, v in tensors.items()}, path(*parts))
    os.chmod(path(*parts), 0o644)


def write_json(value, *parts):
    with open(path(*parts), "w", encoding="utf-8") as file:
        json.dump({"versions": VERSIONS, **value}, file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


def scale_weights(model, seed, gains):
    """Every parameter random: matrices normal with std gain/sqrt(fan in), norm weights in 0.6..1.4, biases normal(0.3).

    `gains` is a list of (substring of the name, gain); the first match wins, otherwise 1. Large gains on queries and
    keys peak the attention, so that a wrong position or a wrong window shows in the logits.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            gain = next((g for part, g in gains if part in name), 1.0)
            if p.dim() == 1 and name.endswith("weight"):
                p.copy_(0.6 + 0.8 * torch.rand(p.shape, generator=generator))
            elif p.dim() <= 1:
                p.copy_(0.3 * torch.randn(p.shape, generator=generator))
            elif "embed_tokens" in name or "embedding" in name and "patch" not in name:
                p.copy_(gain * torch.randn(p.shape, generator=generator))
            else:
                fan_in = p[0].numel()
                p.copy_(gain * torch.randn(p.shape, generator=generator) / fan_in**0.5)


def smooth_frames(count, height, width, seed):
    """Random low-frequency moving frames, uint8 [count, height, width, 3]: neighbouring patches differ, nothing is flat."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    frames = np.zeros((count, height, width, 3))
    for f in range(count):
        for c in range(3):
            for _ in range(4):
                a, b, phase = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2), rng.uniform(0, 6.28)
                frames[f, :, :, c] += np.sin(a * y + b * x + phase)
    noise = rng.normal(0, 0.3, frames.shape)
    return np.clip(127.5 + 45 * (frames + noise), 0, 255).astype(np.uint8)


def picture(height, width, seed):
    """The same pixels as `picture` in golden.ts: edges, ramps and a hash, all in integers."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = (x * 7919 + y * 104729 + c * 1299709 + seed * 15485863) % 251
    ramp = (x * 255) // max(width - 1, 1)
    edge = np.where((x // 5 + y // 7) % 2 == 0, 255, 0)
    return np.choose((x // 8 + y // 8 + c) % 3, [noise, ramp, edge]).astype(np.uint8)


def rope_index_of_product():
    """get_rope_index of the installed transformers, without the cast of the seconds to an integer (as pull request #48669 has it)."""
    source = inspect.getsource(modeling.Qwen2_5_VLModel.get_rope_index)
    cast = "second_per_grid_t, dtype=range_tensor.dtype, device=range_tensor.device"
    assert cast in source
    scope = dict(vars(modeling))
    exec(inspect.cleandoc("\n" + source.replace(cast, "second_per_grid_t")), scope)
    return scope["get_rope_index"]
