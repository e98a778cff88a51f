"""Which frames of a video, and of what size: 720 cases through fetch_video of qwen-vl-utils itself, whose decoder is replaced by one that only
tells its length, rate and size. Writes fixtures/peer-frames/cases.json.gz.

    pip install -r requirements.txt decord==0.6.0 && python peer_cases.py

A case: frames, rate, budget, height, width, least and most tokens of a frame (the two constants that the VideoRFT authors edited), pixels of the whole
video. Its result: indices, sampled rate and size, or why the peer refuses.
"""

import gzip
import json
import random
import sys
from types import SimpleNamespace

import numpy as np
import torch
from common import VERSIONS, path

sys.modules["decord"] = SimpleNamespace(VideoReader=None)
import decord  # noqa: E402
import qwen_vl_utils.vision_process as peer  # noqa: E402

RATES = [1, 2, 5, 7.5, 8, 10, 12.5, 14.985, 15, 23.976023976023978, 24, 25, 29.97002997002997, 30, 48, 50, 59.94005994005994, 60, 90, 100, 120]
TOKENS = [4, 9, 16, 64, 128, 256, 768]


class Reader:
    """A video of which nothing but its facts exists: its pixels are tensors without memory."""

    def __init__(self, _path):
        self.facts = Reader.now

    def __len__(self):
        return self.facts["frames"]

    def get_avg_fps(self):
        return self.facts["rate"]

    def get_batch(self, indices):
        shape = (len(indices), self.facts["height"], self.facts["width"], 3)
        return SimpleNamespace(asnumpy=lambda: torch.empty(shape, dtype=torch.uint8, device="meta"))


def log_uniform(rng, low, high):
    return min(high, max(low, round(float(np.exp(rng.uniform(np.log(low), np.log(high)))))))


def budget(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return dict(nframes=rng.randint(1, 64))
    if kind == 1:
        n = rng.choice([4, 8, 16, 32, 64])
        return dict(fps=2, min_frames=n, max_frames=n)
    if kind == 2:
        low = rng.randint(1, 32)
        return dict(fps=rng.choice([0.5, 1, 1.1, 2, 3, 4]), min_frames=low, max_frames=rng.randint(low, 64))
    return dict(fps=rng.choice([0.25, 0.5, 1, 2]), max_frames=rng.randint(4, 64))


def case(rng):
    least = rng.choice(TOKENS)
    return dict(
        frames=log_uniform(rng, 1, 5000), rate=rng.choice(RATES) if rng.random() < 0.7 else round(rng.uniform(1, 120), 3), budget=budget(rng),
        height=log_uniform(rng, 16, 4000), width=log_uniform(rng, 16, 4000), least=least, most=rng.choice([t for t in TOKENS if t >= least]),
        total=rng.choice([None, 24576 * 28 * 28, 4096 * 28 * 28, 512 * 28 * 28]))


def asked(facts):
    Reader.now = facts
    peer.VIDEO_MIN_TOKEN_NUM, peer.VIDEO_MAX_TOKEN_NUM = facts["least"], facts["most"]
    total = dict() if facts["total"] is None else dict(total_pixels=facts["total"])
    try:
        (video, metadata), rate = peer.fetch_video(dict(video="case", **facts["budget"], **total), return_video_sample_fps=True, return_video_metadata=True)
    except Exception as error:  # the peer refuses, whatever the class
        return dict(refused=f"{type(error).__name__}: {error}"[:90])
    return dict(indices=list(metadata["frames_indices"]), sampled=rate, size=list(video.shape[2:]))


def main():
    decord.VideoReader = Reader
    peer.VIDEO_READER_BACKENDS = dict.fromkeys(["torchcodec", "decord", "torchvision"], peer._read_video_decord)
    rng = random.Random(20251127)
    rows = []
    for _ in range(720):
        facts = case(rng)
        rows.append({**facts, **asked(facts)})
    text = json.dumps(dict(versions={**VERSIONS, "qwen-vl-utils": "0.0.14"}, cases=rows), separators=(",", ":"))
    with open(path("peer-frames", "cases.json.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))
    refused = [r["refused"] for r in rows if "refused" in r]
    print(len(rows), "cases,", len(refused), "refused:", sorted({r.split(",")[0][:60] for r in refused}))


if __name__ == "__main__":
    main()
