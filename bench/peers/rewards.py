"""Torch's side of `npm run bench -- rewards`: the semantic reward in the way of the authors' released code, written anew.

For every frame the picture and the texts of all completions of a group go through the processor and through both towers, so a picture is encoded once per
completion, and a text once per frame; cosines are scaled by 2, cut to 0..1 and averaged over the frames. Unlike there: f32 on the CPU, colours as they are
(METHOD.md section 6), and frames that are decoded already. Started by the bench, not by hand; answers one JSON object a line (bench/harness/child.ts).
"""

import os
import re
import sys
import time

import numpy as np
import torch
import transformers
from answering import serve
from PIL import Image
from transformers import PreTrainedTokenizerFast, SiglipImageProcessor, SiglipModel

W = 2.0
work = {}


def facts():
    return {"python": sys.version.split()[0], "torch": torch.__version__, "transformers": transformers.__version__}


def open_model(dir, threads, frames, raw, size, **_):
    torch.set_num_threads(threads)
    model = SiglipModel.from_pretrained(dir, dtype=torch.float32).eval()
    config = model.config
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=os.path.join(dir, "tokenizer.json"), model_max_length=config.text_config.max_position_embeddings)
    tokenizer.pad_token = tokenizer.convert_ids_to_tokens(config.text_config.pad_token_id)
    tokenizer.model_input_names = ["input_ids"]
    side = config.vision_config.image_size
    images = SiglipImageProcessor(size={"height": side, "width": side}, resample=3)
    work.update(model=model, tokenizer=tokenizer, images=images, frames=frames, raw=raw, size=size)


def processed(pictures, texts):
    """What SiglipProcessor does with pictures and texts; it takes no fast tokenizer."""
    words = work["tokenizer"](texts, padding="max_length", truncation=True, return_tensors="pt")
    return {**words, **work["images"](pictures, return_tensors="pt")}


def span(completion):
    think = re.search(r"<think>(.*?)</think>", completion, re.DOTALL)
    text = think.group(1) if think else completion
    return text[text.find(".") + 1 :].lstrip() if "." in text else text


def pictures_of(i):
    height, width = work["size"]
    pixels = np.fromfile(os.path.join(work["raw"], f"{i}.rgb"), dtype=np.uint8).reshape(work["frames"], height, width, 3)
    return [Image.fromarray(frame) for frame in pixels]


def reward_of_group(pictures, completions):
    texts = [span(completion) for completion in completions]
    per_frame = []
    for picture in pictures:
        inputs = processed([picture] * len(texts), texts)
        with torch.no_grad():
            out = work["model"](**inputs)
        cosines = (out.image_embeds * out.text_embeds).sum(dim=-1)
        per_frame.append((W * cosines).clamp(0, 1))
    return torch.stack(per_frame).mean(dim=0).tolist()


def score(questions):
    frames = [pictures_of(i) for i in range(len(questions))]
    start, cpu = time.perf_counter(), time.process_time()
    rewards = [reward_of_group(pictures, q["completions"]) for pictures, q in zip(frames, questions)]
    return {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "rewards_PG": rewards}


VERBS = {"facts": facts, "open": open_model, "score": score}


if __name__ == "__main__":
    serve(VERBS)
