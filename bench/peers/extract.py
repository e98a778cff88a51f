"""decord and torchcodec as peers of `npm run bench -- extract`: frames at given indices, resized as qwen-vl-utils resizes videos.

Answers by answering.py. The decoders are called as qwen-vl-utils calls them, and torchvision resizes (bicubic, with antialias); what is measured
begins with opening the file and ends with the resized frames. Leaves out: choosing indices and size, which are told.
"""

import time

import decord
import torch
import torchcodec
import torchvision
from answering import serve
from torchcodec.decoders import VideoDecoder
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize


def with_decord(file, threads, indices):
    reader = decord.VideoReader(file, num_threads=threads)
    return torch.tensor(reader.get_batch(indices).asnumpy()).permute(0, 3, 1, 2)


def with_torchcodec(file, threads, indices):
    return VideoDecoder(file, num_ffmpeg_threads=threads).get_frames_at(indices=indices).data


def extract(file, threads, reader, indices, size, out=None):
    torch.set_num_threads(threads)
    start, cpu = time.perf_counter(), time.process_time()
    video = (with_decord if reader == "decord" else with_torchcodec)(file, threads, indices)
    video = resize(video, size, interpolation=InterpolationMode.BICUBIC, antialias=True)
    result = dict(seconds=time.perf_counter() - start, cpuSeconds=time.process_time() - cpu)
    if out:
        with open(out, "wb") as target:
            target.write(video.permute(0, 2, 3, 1).contiguous().numpy().tobytes())
    return result


def facts():
    modules = dict(decord=decord, torch=torch, torchvision=torchvision, torchcodec=torchcodec)
    return {name: module.__version__ for name, module in modules.items()}


VERBS = {"facts": facts, "extract": extract}


if __name__ == "__main__":
    serve(VERBS)
