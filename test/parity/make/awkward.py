"""Golden values of everything that depends on sizes, counts and order, on awkward ones: smart_resize one pixel beside its steps and at its limits,
smart_nframes with odd and impossible budgets, windows on every grid up to 28 × 28, get_rope_index for every order of up to four images and
videos (alone, and in batches of unequal length), whole pictures and videos from pixels to patches.

    pip install -r requirements.txt && python awkward.py

Writes fixtures/awkward.json. Where there are thousands of numbers it keeps their sha256 (as int32, little-endian), one per row of a table, so that a
mistake can be found. Run after qwen2_5_vl.py, whose config it takes.
"""

import hashlib
import itertools
import random
import types

import numpy as np
import torch
import transformers.models.qwen2_5_vl.modeling_qwen2_5_vl as modeling
from common import path, picture, rope_index_of_product, write_json
from conversations import expand
from PIL import Image
from qwen_vl_utils.vision_process import smart_nframes
from transformers import AutoConfig, Qwen2VLImageProcessor, Qwen2VLVideoProcessor
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

SIDES = [1, 2, 7, 13, 14, 15, 27, 28, 29, 41, 42, 43, 55, 56, 57, 69, 70, 71, 84, 97, 98, 99, 140, 200, 201, 223, 224, 225, 360, 479, 640,
         1079, 1080, 1081, 4096, 12345]
BUDGETS = [[3136, 12845056], [100352, 100352], [100352, 105369], [200704, 210739], [7056, 7408], [784, 784], [3136, 3136]]


def sha(numbers):
    return hashlib.sha256(np.asarray(numbers, dtype="<i4").tobytes()).hexdigest()


def resize_or_none(*args):
    try:
        return list(smart_resize(*args))
    except ValueError:
        return [-1, -1]


def sizes():
    rows = []
    for low, high in BUDGETS:
        for height in SIDES:
            found = [resize_or_none(height, width, 28, low, high) for width in SIDES]
            rows.append(dict(height=height, min_pixels=low, max_pixels=high, sha256=sha(found),
                             refused=[w for w, (h, _) in zip(SIDES, found) if h < 0]))
    return dict(sides=SIDES, rows=rows)


def frame_counts():
    budgets = [{"nframes": n} for n in (1, 2, 3, 5, 7, 9, 16, 33)]
    budgets += [{"fps": f} for f in (0.1, 0.3, 1, 1.7, 2, 7, 29.97)]
    budgets += [dict(fps=2, min_frames=a, max_frames=b) for a, b in ((1, 3), (3, 5), (5, 33), (16, 16), (4, 7))] + [{}]
    rows = []
    for budget in budgets:
        for fps in (0.7, 5, 15, 23.976, 29.97, 59.94):
            for total in (1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 33, 68, 146, 243, 270, 1001, 1535, 1537, 9999):
                try:
                    rows.append([budget, fps, total, smart_nframes(dict(budget), total, fps)])
                except ValueError:
                    rows.append([budget, fps, total, None])
    return rows


def windows():
    config = AutoConfig.from_pretrained(path("qwen2_5_vl"))
    rows = []
    for window in (56, 84, 112):
        config.vision_config.window_size = window
        visual = modeling.Qwen2_5_VisionTransformerPretrainedModel(config.vision_config)
        visual.rotary_pos_emb.forward = lambda n: torch.arange(int(n))[:, None]
        for height in range(2, 30, 2):
            numbers = []
            for width in range(2, 30, 2):
                for t in (1, 2):
                    grid = torch.tensor([[t, height, width]])
                    index, cu = visual.get_window_index(grid)
                    cu = torch.unique_consecutive(torch.tensor(cu)).tolist()
                    numbers += [*index.tolist(), *cu, *visual.rot_pos_emb(grid).flatten().tolist()]
            rows.append(dict(window_size=window, height=height, sha256=sha(numbers)))
    return rows


GRIDS = [[1, 2, 2], [1, 4, 6], [1, 6, 4], [1, 2, 18], [1, 10, 2]], [[1, 2, 2], [2, 4, 6], [5, 2, 4], [3, 10, 2], [4, 2, 12]]
SECONDS = [2 / 29.97, 2 / 23.976, 0.5, 16 / 9.7, 1.0, 2 / 0.7, 0.999999, 2.5, 7.9]


def conversations(rng):
    """Segments: a number is so many text tokens, a list is [kind, t, h, w, seconds]."""
    rows = []
    for length in range(1, 5):
        for kinds in itertools.product("iv", repeat=length):
            segments = [rng.randint(0, 4)]
            for kind in kinds:
                grid = rng.choice(GRIDS[kind == "v"])
                segments += [[kind, *grid, rng.choice(SECONDS) if kind == "v" else 0], rng.randint(0, 3)]
            rows.append(segments)
    rows.append([1, ["v", 384, 2, 2, 2 / 29.97], 2])
    rows.append([1, ["v", 384, 2, 2, 2 / 0.7], 2])
    return rows


def rope(rng):
    config = AutoConfig.from_pretrained(path("qwen2_5_vl"))
    model = types.SimpleNamespace(config=config)
    functions = dict(seconds=modeling.Qwen2_5_VLModel.get_rope_index, product=rope_index_of_product())
    singles = conversations(rng)
    batches = [[row] for row in singles] + [rng.sample(singles[:-2], size) for size in (2, 3, 3, 5, 8)]
    rows = []
    for batch in batches:
        parts = [expand(segments, config) for segments in batch]
        width = max(len(ids) for ids, *_ in parts)
        images, videos, seconds = ([x for part in parts for x in part[i]] for i in (1, 2, 3))
        for side in ("right", "left") if len(batch) > 1 else ("right",):
            fill = [[config.pad_token_id] * (width - len(ids)) for ids, *_ in parts]
            join = lambda real, pad: real + pad if side == "right" else pad + real
            ids = torch.tensor([join(p[0], f) for p, f in zip(parts, fill)])
            mask = torch.tensor([join([1] * len(p[0]), [0] * len(f)) for p, f in zip(parts, fill)])
            args = (ids, torch.tensor(images) if images else None, torch.tensor(videos) if videos else None,
                    torch.tensor(seconds) if seconds else None, mask)
            row = dict(batch=batch, side=side)
            for name, function in functions.items():
                positions, deltas = function(model, *args)
                row[name] = dict(sha256=sha(positions.flatten().tolist()), rope_deltas=deltas.flatten().tolist())
            rows.append(row)
    return rows


PICTURES = [(28, 28), (29, 57), (55, 57), (57, 55), (13, 300), (300, 13), (1, 28), (1, 1), (2, 399), (400, 2), (84, 85), (140, 197), (31, 199),
            (14, 14), (42, 70), (97, 61)]


def whole_pictures():
    """Pictures through smart_resize, Pillow and patches; bytes instead of normalized values, so that equality is exact."""
    rows = []
    for i, (height, width) in enumerate(PICTURES):
        for low, high in ([3136, 12845056], [7056, 7408], [784, 784]):
            processor = Qwen2VLImageProcessor(min_pixels=low, max_pixels=high, do_rescale=False, do_normalize=False)
            # said, because transformers takes a picture of height 1 or 3 for one with its channels first
            out = processor(images=[Image.fromarray(picture(height, width, i))], input_data_format="channels_last", return_tensors="np")
            patches = out["pixel_values"]
            assert np.array_equal(patches, patches.round()) and patches.shape[0] < 5000
            rows.append(dict(size=[height, width], seed=i, min_pixels=low, max_pixels=high, grid_thw=out["image_grid_thw"][0].tolist(),
                             sha256=hashlib.sha256(patches.astype(np.uint8).tobytes()).hexdigest()))
    return rows


def whole_videos():
    """Frames (already at their size) to patches: odd counts, one frame, wide and tall."""
    rows = []
    for frames, height, width in ((1, 28, 28), (2, 28, 84), (3, 84, 28), (5, 56, 140), (7, 28, 56), (16, 28, 28)):
        video = np.stack([picture(height, width, 100 + f) for f in range(frames)])
        processor = Qwen2VLVideoProcessor(do_resize=False, do_rescale=False, do_normalize=False)
        out = processor(videos=[torch.from_numpy(video).permute(0, 3, 1, 2)], return_tensors="pt")
        patches = out["pixel_values_videos"].numpy()
        rows.append(dict(frames=frames, size=[height, width], grid_thw=out["video_grid_thw"][0].tolist(),
                         sha256=hashlib.sha256(patches.astype(np.uint8).tobytes()).hexdigest()))
    return rows


def main():
    rng = random.Random(5)
    write_json(dict(sizes=sizes(), nframes=frame_counts(), windows=windows(), rope=rope(rng), pictures=whole_pictures(),
                    videos=whole_videos()), "awkward.json")


if __name__ == "__main__":
    main()
