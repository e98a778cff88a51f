"""(ii) and (iii): Qwen2_5_VLForConditionalGeneration from our folder, trained and sampled as a user of transformers would write it."""

import os
import time

import torch
from engine_decoder import decayed
from safetensors.torch import load_file
from transformers import LogitsProcessor, LogitsProcessorList, Qwen2_5_VLForConditionalGeneration

MEDIA = ("pixel_values_videos", "video_grid_thw", "second_per_grid_ts")


def load(dir, threads):
    torch.set_num_threads(threads)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(dir, dtype=torch.float32, attn_implementation="sdpa")
    return model, load_file(os.path.join(dir, "inputs.safetensors"))


class SftWork:
    def __init__(self, dir, threads, optimizer, **_):
        self.model, self.batch = load(dir, threads)
        self.model.train()
        self.model.config.use_cache = False
        self.max_norm = optimizer["maxNorm"]
        self.adamw = decayed(self.model, optimizer)

    def step(self):
        start = time.perf_counter()
        loss = self.model(**self.batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.adamw.step()
        self.adamw.zero_grad()
        return {"loss": loss.item(), "seconds": time.perf_counter() - start}

    def save(self, dir):
        self.model.save_pretrained(dir)


class Clock(LogitsProcessor):
    """Notes when the first logits arrive: what comes before is the prompt, what comes after is decoding."""

    def __init__(self):
        self.first = None

    def __call__(self, input_ids, scores):
        self.first = self.first or time.perf_counter()
        return scores


class GenerateWork:
    def __init__(self, dir, threads, samples, tokens, topP):
        self.model, inputs = load(dir, threads)
        self.model.eval()
        self.samples, self.tokens, self.top_p = samples, tokens, topP
        self.inputs = {name: inputs[name] for name in ("input_ids", "attention_mask", *MEDIA)}
        c = self.model.config
        self.forbidden = [c.image_token_id, c.video_token_id, c.vision_start_token_id, c.vision_end_token_id]

    def generate(self, inputs, samples, tokens, clock):
        return self.model.generate(
            **inputs, num_return_sequences=samples, do_sample=True, temperature=1.0, top_p=self.top_p, top_k=0, use_cache=True,
            max_new_tokens=tokens, min_new_tokens=tokens, suppress_tokens=self.forbidden,
            logits_processor=LogitsProcessorList([clock]),
        )

    def warm(self):
        """Two tokens after the first prompt: a whole run would add minutes and warm nothing more."""
        grid = self.inputs["video_grid_thw"][:1]
        one = {name: x[: int(grid.prod())] if name == "pixel_values_videos" else x[:1] for name, x in self.inputs.items()}
        self.generate(one, 1, 2, Clock())

    def run(self, seed):
        torch.manual_seed(seed)
        clock = Clock()
        start = time.perf_counter()
        made = self.generate(self.inputs, self.samples, self.tokens, clock)
        end = time.perf_counter()
        new = made.shape[1] - self.inputs["input_ids"].shape[1]
        return {"seconds": end - start, "decodeSeconds": end - clock.first, "tokens": made.shape[0] * new}


class PassWork:
    """One prompt of words and the tokens after it, greedily; no batch, no media."""

    def __init__(self, dir, threads, tokens, made, **_):
        start = time.perf_counter()
        torch.set_num_threads(threads)
        self.model = Qwen2_5_VLForConditionalGeneration.from_pretrained(dir, dtype=torch.float32, attn_implementation="sdpa")
        self.model.eval()
        self.seconds = time.perf_counter() - start
        self.ids, self.made = torch.tensor([tokens]), made

    def run(self):
        clock = Clock()
        start = time.perf_counter()
        made = self.model.generate(
            input_ids=self.ids, attention_mask=torch.ones_like(self.ids), do_sample=False, use_cache=True,
            max_new_tokens=self.made, min_new_tokens=self.made, logits_processor=LogitsProcessorList([clock]),
        )
        end = time.perf_counter()
        return {"seconds": end - start, "decodeSeconds": end - clock.first, "tokens": made.shape[1] - self.ids.shape[1]}

    @torch.no_grad()
    def logprobs(self, file):
        logits = self.model(input_ids=self.ids, logits_to_keep=1).logits[0, -1]
        logits.log_softmax(-1).numpy().tofile(file)


def open_pass(**args):
    return PassWork(**args)


def open_sft(**args):
    return SftWork(**args)


def open_generate(**args):
    return GenerateWork(**args)
