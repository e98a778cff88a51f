"""Resized frames of real clips, and of a small one with a variable rate, as qwen-vl-utils makes them of decoded frames: PyAV decodes, smart_nframes and
linspace choose, torchvision resizes (bicubic with antialias).

    pip install -r requirements.txt && python clips.py FOLDER_WITH_THE_REAL_CLIPS

Writes fixtures/clips/: variable.mp4 (made here), golden.json, golden.safetensors (frames [n, height, width, 3] u8 at 2,300 to 4,700 pixels). The real
clips lie beside the repository, and their test is skipped where they do not.
"""

import os
import sys
from fractions import Fraction

import av
import numpy as np
import torch
from common import path, picture, write_json, write_tensors
from qwen_vl_utils.vision_process import smart_nframes, smart_resize
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize

BUDGETS = [dict(nframes=2), dict(fps=1.1, min_frames=3, max_frames=7)]
MIN_PIXELS, MAX_PIXELS = 3 * 28 * 28, 6 * 28 * 28


def write_variable(file):
    """18 frames of 96 × 64 at 10 per second, but for two pauses of 0.7 and 1.5 seconds."""
    times = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 31, 32, 33, 34, 35, 36, 37]
    with av.open(file, "w") as container:
        stream = container.add_stream("libx264", rate=10, options=dict(crf="23", bf="0"))
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 96, 64, "yuv420p", Fraction(1, 10)
        stream.codec_context.time_base = Fraction(1, 10)
        for i, t in enumerate(times):
            base = picture(16, 24, i)
            frame = av.VideoFrame.from_ndarray(np.repeat(np.repeat(base, 4, 0), 4, 1), format="rgb24")
            frame.pts, frame.time_base = t, Fraction(1, 10)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    os.chmod(file, 0o644)
    return [t / 10 for t in times]


def decode(file):
    with av.open(file) as container:
        frames = list(container.decode(video=0))
        stream = container.streams.video[0]
        seconds = float(stream.duration * stream.time_base)
        return [f.to_ndarray(format="rgb24") for f in frames], float(stream.average_rate), seconds, [f.time - frames[0].time for f in frames]


def sample(frames, rate, budget):
    count = smart_nframes(dict(budget), total_frames=len(frames), video_fps=rate)
    indices = torch.linspace(0, len(frames) - 1, count).round().long().tolist()
    height, width = smart_resize(*frames[0].shape[:2], factor=28, min_pixels=MIN_PIXELS, max_pixels=MAX_PIXELS)
    video = torch.from_numpy(np.stack([frames[i] for i in indices])).permute(0, 3, 1, 2)
    out = resize(video, [height, width], interpolation=InterpolationMode.BICUBIC, antialias=True)
    return indices, out.permute(0, 2, 3, 1).contiguous()


def main():
    tensors, rows = {}, []
    times = write_variable(path("clips", "variable.mp4"))
    files = [path("clips", "variable.mp4"), *(os.path.join(sys.argv[1], n) for n in sorted(os.listdir(sys.argv[1])))]
    for file in files:
        name = os.path.basename(file)
        frames, rate, seconds, stamps = decode(file)
        # A header that claims another rate than there is: the decoders of qwen-vl-utils take it; ours divides frames by seconds (LOG.md).
        honest = abs(len(frames) / seconds / rate - 1) <= 0.05
        used = rate if honest else len(frames) / seconds
        for i, budget in enumerate(BUDGETS):
            indices, resized = sample(frames, used, budget)
            tensors[f"{name}.{i}"] = resized
            rows.append(dict(name=name, key=f"{name}.{i}", budget=budget, rate=used, header_rate=rate, frames=len(frames), indices=indices,
                             times=[round(stamps[k], 6) for k in indices], sampled_fps=len(indices) / len(frames) * used))
    write_tensors(tensors, "clips", "golden.safetensors")
    write_json(dict(min_pixels=MIN_PIXELS, max_pixels=MAX_PIXELS, variable_times=times, clips=rows), "clips", "golden.json")
    for row in rows:
        print({k: row[k] for k in ("key", "rate", "header_rate", "frames", "indices", "times")}, list(tensors[row["key"]].shape))


if __name__ == "__main__":
    main()
