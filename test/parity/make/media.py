"""Golden values for src/media: frame indices (torch), smart_resize (transformers), smart_nframes (qwen-vl-utils),
resized pixels (Pillow, torchvision) and decoded clips (PyAV). Writes fixtures/media.json.

    pip install pillow av torch torchvision transformers qwen-vl-utils
    python test/parity/make/media.py [folder with the real clips]

Without the folder the entry "clips" of the existing fixture is kept.
"""

import base64
import hashlib
import json
import os
import random
import sys

import numpy as np
import PIL
import torch
import torchvision
import transformers
from common import picture
from PIL import Image
from qwen_vl_utils.vision_process import smart_nframes
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures", "media.json")
COUNTS = [1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 48, 64, 100, 128, 256, 768]
METHODS = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}


def sha(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def indices():
    everything = [torch.linspace(0, t - 1, n).round().int() for t in range(1, 1500) for n in COUNTS]
    sample = [(5, 16), (32, 8), (243, 16), (270, 32), (7, 4), (16, 16), (3, 2), (1, 8)]
    return {
        "counts": COUNTS,
        "totals": [1, 1500],
        "sha256": sha(torch.cat(everything).numpy()),
        "sample": [[t, n, torch.linspace(0, t - 1, n).round().int().tolist()] for t, n in sample],
    }


def sizes(rng):
    rows = []
    while len(rows) < 250:
        height, width = (int(2 ** rng.uniform(3, 12)) for _ in range(2))
        low = rng.choice([56 * 56, 128 * 784, 256 * 784, 84 * 84])
        high = rng.choice([low, int(low * 1.05), low * 4, 768 * 784])
        if max(height, width) / min(height, width) > 200 or high < low:
            continue
        rows.append([height, width, low, high, *smart_resize(height, width, 28, low, high)])
    return rows


def frame_counts(rng):
    rows = []
    while len(rows) < 200:
        total, fps = rng.randint(2, 4000), rng.choice([8, 15, 23.976, 24, 25, 29.97, 30, 60])
        ele = rng.choice([{"nframes": rng.randint(2, 64)}, {"fps": rng.choice([0.5, 1, 2, 4])},
                          {"fps": 2, "min_frames": 5, "max_frames": 33}, {}])
        try:
            rows.append([total, fps, ele, smart_nframes(ele, total, fps)])
        except ValueError:
            continue  # ours repeats frames instead
    return rows


def resized():
    shapes = [(24, 18, 12, 9), (24, 18, 40, 31), (13, 17, 7, 30), (84, 84, 56, 112), (60, 80, 28, 84), (40, 40, 40, 17),
              (120, 160, 84, 112), (97, 61, 224, 140), (200, 300, 28, 28), (5, 4, 28, 28)]
    rows = []
    for i, (h, w, oh, ow) in enumerate(shapes):
        source = picture(h, w, i)
        for name, method in METHODS.items():
            out = np.asarray(Image.fromarray(source).resize((ow, oh), method))
            row = {"from": [h, w], "to": [oh, ow], "seed": i, "method": name, "sha256": sha(out)}
            if oh * ow <= 1300:
                row["pillow"] = base64.b64encode(out.tobytes()).decode()
                mode = InterpolationMode.BICUBIC if name == "bicubic" else InterpolationMode.BILINEAR
                tensor = resize(torch.from_numpy(source).permute(2, 0, 1), [oh, ow], mode, antialias=True)
                row["torchvision"] = base64.b64encode(tensor.permute(1, 2, 0).contiguous().numpy().tobytes()).decode()
            rows.append(row)
    return rows


def clips(folder):
    import av

    rows = {}
    for name in sorted(os.listdir(folder)):
        with av.open(os.path.join(folder, name)) as container:
            frames = list(container.decode(video=0))
            stream = container.streams.video[0]
            start = frames[0].time
            picks = [round(i * (len(frames) - 1) / 3) for i in range(4)]
            rows[name] = {
                "frames": len(frames), "width": stream.width, "height": stream.height, "codec": stream.codec.name,
                "average_rate": float(stream.average_rate), "indices": picks,
                "times": [round(frames[i].time - start, 6) for i in picks],
                "mean_rgb": [[round(float(v), 4) for v in frames[i].to_ndarray(format="rgb24").mean((0, 1))] for i in picks],
            }
    return rows


def main():
    rng = random.Random(11)
    known = json.load(open(OUT))["clips"] if os.path.exists(OUT) else {}
    data = {
        "versions": {"torch": torch.__version__.split("+")[0], "torchvision": torchvision.__version__.split("+")[0],
                     "pillow": PIL.__version__, "transformers": transformers.__version__, "qwen-vl-utils": "0.0.14"},
        "indices": indices(), "sizes": sizes(rng), "nframes": frame_counts(rng), "resized": resized(),
        "clips": clips(sys.argv[1]) if len(sys.argv) > 1 else known,
    }
    with open(OUT, "w") as file:
        json.dump(data, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
