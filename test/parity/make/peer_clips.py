"""Forty-odd small clips of many codecs, containers and oddities, and what qwen-vl-utils makes of them with its three decoders: fetch_video from
the file. Writes fixtures/peer-frames/clips/ and clips.safetensors, clips.json.

    pip install -r requirements.txt decord==0.6.0 torchcodec==0.10.0 && python peer_clips.py

torchcodec needs FFmpeg's shared libraries. Kept of each clip: indices, rate and size by each decoder; two of torchcodec's RGB frames whole, lossless WebP;
256 seeded pixels of every resized frame, of the frames as each decoder reads them.
"""

import os
from fractions import Fraction
from io import BytesIO

import av
import decord
import numpy as np
import qwen_vl_utils.vision_process as peer
import torch
from common import path, picture, write_json, write_tensors
from PIL import Image
from torchcodec.decoders import VideoDecoder

SAMPLES = 256
LEAST, MOST = 8, 12  # tokens a frame: the two constants that the VideoRFT authors edited


def content(i, height, width):
    """A lit ground, a moving disc and a moving chequered square: edges and ramps in all three colours."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    ground = np.stack([40 + 150 * x / width, 60 + 120 * y / height, 150 - 90 * x / width + 2 * (i % 20)], -1)
    cx, cy = width * (0.2 + 0.02 * (i % 30)), height * (0.3 + 0.015 * (i % 25))
    disc = ((x - cx) ** 2 + (y - cy) ** 2 < (min(height, width) / 5) ** 2)[..., None]
    left, top = int(width * 0.9) - 2 * (i % 20) - 20, int(height * 0.55)
    board = np.zeros((height, width, 1), bool)
    board[top : top + 16, max(left, 0) : max(left, 0) + 20] = True
    out = np.where(disc, np.array([230, 70, 40]), ground)
    out = np.where(board, picture(height, width, i).astype(np.float64), out)
    return np.clip(out, 0, 255).astype(np.uint8)


def spec(name, codec, size=(96, 64), n=20, rate=10, fmt="yuv420p", ticks=None, options=None, turn=0, **context):
    return dict(name=name, codec=codec, size=size, n=n, rate=Fraction(rate).limit_denominator(1001), fmt=fmt, ticks=ticks, options=options or {}, turn=turn, context=context)


PAUSES = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 31, 32, 33, 34, 35, 36, 37]
DRIFT = [i * (i + 3) // 4 for i in range(16)]
X264 = dict(crf="20", threads="1")
CLIPS = [
    spec("h264-plain.mp4", "libx264", options=X264),
    spec("h264-b-frames.mp4", "libx264", n=40, rate=25, options=dict(X264, bf="3", g="12")),
    spec("h264-open-gop.mp4", "libx264", n=48, rate=24, options={**X264, "x264-params": "open-gop=1:keyint=12:bframes=2:threads=1"}),
    spec("h264-intra.mp4", "libx264", options=dict(X264, g="1")),
    spec("h264-lossless.mp4", "libx264", options=dict(X264, qp="0")),
    spec("h264-coarse.mp4", "libx264", options=dict(X264, crf="38")),
    spec("h264-444.mp4", "libx264", fmt="yuv444p", options=X264),
    spec("h264-422.mp4", "libx264", fmt="yuv422p", options=X264),
    spec("h264-ten-bits.mp4", "libx264", fmt="yuv420p10le", options=X264),
    spec("h264-full-range.mp4", "libx264", fmt="yuvj420p", options=X264),
    spec("h264-bt709.mp4", "libx264", options=X264, colorspace=1, color_primaries=1, color_trc=1),
    spec("h264-bt601.mp4", "libx264", options=X264, colorspace=6, color_primaries=6, color_trc=6),
    spec("h264-interlaced.mp4", "libx264", size=(96, 64), options={**X264, "flags": "+ildct+ilme"}),
    spec("h264-ntsc.mp4", "libx264", n=31, rate=Fraction(30000, 1001), options=X264),
    spec("h264-120.mp4", "libx264", n=60, rate=120, options=X264),
    spec("h264-1-a-second.mp4", "libx264", n=9, rate=1, options=X264),
    spec("h264-two-frames.mp4", "libx264", n=2, options=X264),
    spec("h264-five-frames.mp4", "libx264", n=5, options=X264),
    spec("h264-large.mp4", "libx264", size=(320, 240), n=12, options=X264),
    spec("h264-tall.mp4", "libx264", size=(62, 174), options=X264),
    spec("h264-strip.mp4", "libx264", size=(256, 32), options=X264),
    spec("h264-odd-444.mp4", "libx264", size=(91, 67), fmt="yuv444p", options=X264),
    spec("h264-turned-90.mp4", "libx264", turn=90, options=X264),
    spec("h264-turned-180.mp4", "libx264", turn=180, options=X264),
    spec("h264-turned-270.mp4", "libx264", turn=270, options=X264),
    spec("h264-pauses.mp4", "libx264", n=18, ticks=PAUSES, options=dict(X264, bf="0")),
    spec("h264-slowing.mp4", "libx264", n=16, ticks=DRIFT, options=dict(X264, bf="0")),
    spec("h264-late-start.mkv", "libx264", n=16, ticks=list(range(30, 46)), options=dict(X264, bf="0")),
    spec("h264-pauses.mkv", "libx264", n=18, ticks=PAUSES, options=dict(X264, bf="0")),
    spec("h264-plain.mkv", "libx264", options=X264),
    spec("h264-plain.mov", "libx264", options=X264),
    spec("h264-plain.m2t", "libx264", options=X264),
    spec("hevc-plain.mp4", "libx265", options={"crf": "22", "x265-params": "log-level=none:pools=1:frame-threads=1"}),
    spec("hevc-ten-bits.mkv", "libx265", fmt="yuv420p10le", options={"crf": "22", "x265-params": "log-level=none:pools=1:frame-threads=1"}),
    spec("vp9-plain.webm", "libvpx-vp9", options=dict(crf="24", threads="1")),
    spec("vp9-turned.mp4", "libvpx-vp9", turn=90, options=dict(crf="24", threads="1")),
    spec("av1-plain.mp4", "libsvtav1", options={"crf": "30", "preset": "10"}),
    spec("mpeg4-plain.avi", "mpeg4", rate=15, options=dict(qscale="3")),
    spec("mpeg4-b-frames.mp4", "mpeg4", n=30, rate=25, options=dict(qscale="3", bf="2")),
    spec("mpeg2-plain.m2t", "mpeg2video", rate=25, n=25, options=dict(qscale="3")),
    spec("mjpeg-plain.avi", "mjpeg", fmt="yuvj420p", n=12, options=dict(qscale="3")),
    spec("prores-plain.mov", "prores_ks", fmt="yuv422p10le", n=6),
    spec("ffv1-plain.mkv", "ffv1", n=8),
    spec("wmv2-plain.avi", "wmv2", rate=15, options=dict(qscale="3")),
]


def write(file, one):
    width, height = one["size"]
    with av.open(file, "w") as container:
        stream = container.add_stream(one["codec"], rate=one["rate"], options=one["options"])
        stream.width, stream.height, stream.pix_fmt = width, height, one["fmt"]
        stream.codec_context.thread_count = 1
        for key, value in one["context"].items():
            setattr(stream.codec_context, key, value)
        base = 1 / one["rate"]
        if one["ticks"]:
            stream.time_base = stream.codec_context.time_base = base
        for i in range(one["n"]):
            frame = av.VideoFrame.from_ndarray(content(i, height, width), format="rgb24")
            space = one["context"].get("colorspace", 5)
            frame = frame.reformat(format=one["fmt"], dst_colorspace=space, dst_color_range=2 if one["fmt"].startswith("yuvj") else 1)
            frame.pts, frame.time_base = (one["ticks"] or range(one["n"]))[i], base
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    if one["turn"]:
        turn(file, one["turn"], width, height)
    os.chmod(file, 0o644)


def turn(file, degrees, width, height):
    """Writes a rotation by so many degrees, clockwise, into the track header's matrix."""
    a, b = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    tx, ty = {90: (height, 0), 180: (width, height), 270: (0, width)}[degrees]
    matrix = b"".join((int(v * scale) & 0xFFFFFFFF).to_bytes(4, "big") for v, scale in
                      [(a, 65536), (b, 65536), (0, 1 << 30), (-b, 65536), (a, 65536), (0, 1 << 30), (tx, 65536), (ty, 65536), (1, 1 << 30)])
    data = bytearray(open(file, "rb").read())
    at = data.index(b"tkhd") + 4 + 40  # version 0
    data[at : at + 36] = matrix
    open(file, "wb").write(data)


def places(height, width, seed):
    """`samplePlaces` in peer-clips.test.ts."""
    state, out = seed + 1, []
    for _ in range(SAMPLES):
        state = (state * 48271) % 2147483647
        out.append(state % (height * width))
    return out


def pixels(video, seed):
    """[frames, 256, 3] u8 of frames [n, 3, height, width]."""
    height, width = video.shape[2:]
    flat = video.permute(0, 2, 3, 1).reshape(len(video), -1, 3)
    return torch.stack([frame[places(height, width, seed + i)] for i, frame in enumerate(flat)])


WHOLE = peer.VIDEO_READER_BACKENDS["torchvision"]


def refuse(_ele):
    raise RuntimeError("the decoder refused")


def look(file, backend, budget):
    peer.get_video_reader_backend = lambda: backend
    peer.VIDEO_READER_BACKENDS["torchvision"] = WHOLE if backend == "torchvision" else refuse
    (video, metadata), rate = peer.fetch_video(dict(video=file, **budget), return_video_sample_fps=True, return_video_metadata=True)
    return video, dict(indices=[int(i) for i in metadata["frames_indices"]], frames=int(metadata["total_num_frames"]), rate=float(metadata["fps"]), sampled=float(rate), size=list(video.shape[2:]))


def webp(rgb):
    out = BytesIO()
    Image.fromarray(rgb).save(out, "WEBP", lossless=True, quality=100, method=6, exact=True)
    return torch.from_numpy(np.frombuffer(out.getvalue(), np.uint8).copy())


def main():
    peer.VIDEO_MIN_TOKEN_NUM, peer.VIDEO_MAX_TOKEN_NUM = LEAST, MOST
    tensors, rows = {}, []
    for seed, one in enumerate(CLIPS):
        file = path("peer-frames", "clips", one["name"])
        write(file, one)
        budget = dict(nframes=2 if one["n"] < 4 else 4) if seed % 3 else dict(fps=2, min_frames=2, max_frames=6)
        row = dict(name=one["name"], seed=1000 * seed, budget=budget, turn=one["turn"], made=one["n"], peers={})
        for backend in ("torchcodec", "decord", "torchvision"):
            try:
                video, facts = look(file, backend, budget)
            except Exception as error:
                row["peers"][backend] = dict(refused=f"{type(error).__name__}: {error}"[:90])
                continue
            row["peers"][backend] = facts
            tensors[f"{one['name']}.{backend}"] = pixels(video.round().to(torch.uint8), row["seed"])
            if backend == "torchcodec":
                row["whole"] = sorted({0, len(facts["indices"]) // 2})
                whole = VideoDecoder(file).get_frames_at(indices=[facts["indices"][k] for k in row["whole"]]).data
                for k, frame in zip(row["whole"], whole):
                    tensors[f"{one['name']}.rgb.{k}"] = webp(frame.permute(1, 2, 0).numpy())
        rows.append(row)
        print(one["name"], os.path.getsize(file), row["budget"], {k: {a: b for a, b in v.items()} for k, v in row["peers"].items()})
    write_tensors(tensors, "peer-frames", "clips.safetensors")
    write_json(dict(least=LEAST, most=MOST, clips=rows), "peer-frames", "clips.json")


if __name__ == "__main__":
    main()
