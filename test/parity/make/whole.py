"""Conversations with several images and videos in every order, from messages and frames to logits and 64 greedy tokens, through AutoProcessor and
Qwen2_5_VLForConditionalGeneration: a toy checkpoint in bf16 with the fixture tokenizer, rows of unequal length.

    pip install -r requirements.txt && python whole.py

Run after from_ts.ts. Writes fixtures/whole/: config.json, model.safetensors, golden.json, golden.safetensors. Frames are `picture` of common.py, so
they are not stored. Seconds per temporal patch are fractions here, and time positions those of pull request #48669 (fixtures/README.md, "Seconds").
Weights come from the first seed under which every greedy step of every conversation has its best token more than 1e-2 ahead of the second.
"""

import os
import shutil
import tempfile
import types

import numpy as np
import torch
from common import path, picture, rope_index_of_product, scale_weights, write_json, write_tensors
from transformers import AutoProcessor, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

STEPS, GAP = 64, 1e-2
VOCAB = 480  # larger than the tokenizer, as published
# [kind, frames, height, width, seed, frames per second]
I1, I2, I3 = ["image", 1, 28, 140, 1, 0], ["image", 1, 84, 84, 2, 0], ["image", 1, 140, 56, 3, 0]
V1, V2, V3 = ["video", 4, 56, 84, 10, 1.3], ["video", 5, 84, 140, 20, 0.45], ["video", 4, 56, 84, 30, 2.0]
text = lambda words: dict(type="text", text=words)
CONVERSATIONS = [
    [["user", [V1, text("The circle moves. "), I1, text("Which way?")]], ["assistant", "To the left."], ["user", [I2, V2, text("And here?")]]],
    [["system", "Be brief."], ["user", [V1, V3, text("Which one is red?")]]],
    [["user", "No picture: which way does the red circle move?"]],
    [["user", [text("First "), I3, text(", then "), I1, I2]], ["assistant", [text("Seen.")]], ["user", [text("What?")]]],
    [["user", [text("A."), V2, text("B."), I3, V1, text("")]]],
]


def config(tokenizer):
    id_of = tokenizer.convert_tokens_to_ids
    text_config = dict(
        vocab_size=VOCAB, hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        rms_norm_eps=1e-6, rope_theta=100.0, max_position_embeddings=1024, tie_word_embeddings=False, hidden_act="silu",
        rope_scaling={"type": "mrope", "mrope_section": [2, 2, 2]}, bos_token_id=id_of("<|endoftext|>"), eos_token_id=id_of("<|im_end|>"),
        pad_token_id=id_of("<|endoftext|>"))
    vision = dict(depth=3, hidden_size=32, intermediate_size=40, num_heads=2, in_channels=3, patch_size=14, spatial_merge_size=2,
                  temporal_patch_size=2, tokens_per_second=2, window_size=112, fullatt_block_indexes=[1], out_hidden_size=48, hidden_act="silu")
    return Qwen2_5_VLConfig(
        text_config=text_config, vision_config=vision, tie_word_embeddings=False, image_token_id=id_of("<|image_pad|>"),
        video_token_id=id_of("<|video_pad|>"), vision_start_token_id=id_of("<|vision_start|>"), vision_end_token_id=id_of("<|vision_end|>"),
        bos_token_id=id_of("<|endoftext|>"), eos_token_id=id_of("<|im_end|>"), pad_token_id=id_of("<|endoftext|>"), attn_implementation="eager")


def make_model(tokenizer, seed):
    model = Qwen2_5_VLForConditionalGeneration(config(tokenizer)).eval()
    scale_weights(model, seed, [("q_proj.weight", 1.5), ("k_proj.weight", 1.5), ("qkv.weight", 1.3), ("lm_head", 3.0)])
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.bfloat16().float())
    model.model.get_rope_index = types.MethodType(rope_index_of_product(), model.model)
    return model


def frames_of(medium):
    _, frames, height, width, seed, _ = medium
    return np.stack([picture(height, width, seed + f) for f in range(frames)])


def inputs_of(processor, conversations, side="right"):
    messages = [[dict(role=role, content=content if isinstance(content, str) else
                      [p if isinstance(p, dict) else dict(type=p[0]) for p in content]) for role, content in c] for c in conversations]
    media = [p for c in conversations for _, content in c if not isinstance(content, str) for p in content if isinstance(p, list)]
    images = [frames_of(m)[0] for m in media if m[0] == "image"]
    videos = [torch.from_numpy(frames_of(m)).permute(0, 3, 1, 2) for m in media if m[0] == "video"]
    fps = [m[5] for m in media if m[0] == "video"]
    texts = [processor.apply_chat_template(m, tokenize=False, add_generation_prompt=True) for m in messages]
    processor.tokenizer.padding_side = side
    more = dict(images=images) if images else {}
    if videos:
        more |= dict(videos=videos, fps=fps)
    return processor(text=texts, do_resize=False, padding=True, return_tensors="pt", **more)


def greedy(model, processor, conversation, forbidden):
    inputs = inputs_of(processor, [conversation])
    model.model.rope_deltas = None
    with torch.no_grad():
        out = model.generate(**inputs, max_new_tokens=STEPS, do_sample=False, suppress_tokens=forbidden, output_scores=True,
                             return_dict_in_generate=True)
    tokens = out.sequences[0, inputs["input_ids"].shape[1]:].tolist()
    gaps = [float(s[0].topk(2).values.diff().abs()) for s in out.scores]
    return tokens, min(gaps)


def forward(model, inputs, **over):
    model.model.rope_deltas = None
    with torch.no_grad():
        return model(**{**inputs, **over}, use_cache=False).logits


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(path("tokenizer")):
            shutil.copy(path("tokenizer", name), folder)
        shutil.copy(path("written", "qwen2_5_vl-config.json"), os.path.join(folder, "config.json"))
        processor = AutoProcessor.from_pretrained(folder)
    tokenizer = processor.tokenizer
    forbidden = sorted({i for i in tokenizer.all_special_ids if i != tokenizer.eos_token_id} | set(range(len(tokenizer), VOCAB)))
    for seed in range(1000):
        model, rows = make_model(tokenizer, seed), []
        for conversation in CONVERSATIONS:
            rows.append(greedy(model, processor, conversation, forbidden))
            if len(rows[-1][0]) < STEPS or rows[-1][1] < 1.2 * GAP:
                break
        else:
            break
    print("seed", seed, "gaps", [g for _, g in rows], "distinct tokens", [len(set(t)) for t, _ in rows])
    right, left = inputs_of(processor, CONVERSATIONS), inputs_of(processor, CONVERSATIONS, "left")
    lengths = right["attention_mask"].sum(1).tolist()
    width = right["input_ids"].shape[1]
    logits = forward(model, right)
    # The same rows padded on the left.
    shifted = forward(model, left)
    agree = max((logits[r, :n] - shifted[r, width - n:]).abs().max().item() for r, n in enumerate(lengths))
    places = [sorted({*range(0, n, 16), *range(n - 4, n)}) for n in lengths]
    pick = lambda values: torch.cat([values[r, at] for r, at in enumerate(places)])
    exchange = lambda name, order: torch.cat([right[name].split(right[f"{'video' if 'videos' in name else 'image'}_grid_thw"].prod(1).tolist())[i]
                                              for i in order])
    mutants = dict(
        # V1 and V3 of the second conversation, and two seconds: both have equal grids, so nothing else notices.
        videos_exchanged=forward(model, right, pixel_values_videos=exchange("pixel_values_videos", [0, 1, 3, 2, 4, 5])),
        seconds_exchanged=forward(model, right, second_per_grid_ts=right["second_per_grid_ts"][[0, 1, 3, 2, 4, 5]]),
        images_and_videos_apart=forward(model, right, position_ids=torch.arange(width).expand(3, len(lengths), -1)),
        padding_seen=forward(model, left, attention_mask=torch.ones_like(left["attention_mask"])),
    )
    mutants["padding_seen"] = torch.stack([torch.cat([mutants["padding_seen"][r, width - n:], torch.zeros(width - n, VOCAB)])
                                           for r, n in enumerate(lengths)])
    far = {name: (pick(m) - pick(logits)).abs().max().item() for name, m in mutants.items()}
    print("left against right", agree, "mutants", far, "std", pick(logits).std().item())
    assert agree < 1e-4 and min(far.values()) > 0.1
    model.bfloat16().save_pretrained(os.path.dirname(path("whole", "x")))
    os.remove(path("whole", "generation_config.json"))
    os.chmod(path("whole", "model.safetensors"), 0o644)
    write_tensors(dict(logits=pick(logits), **{name: pick(m) for name, m in mutants.items()}), "whole", "golden.safetensors")
    write_json(dict(
        seed=seed, conversations=CONVERSATIONS, places=places, mutants=far, forbidden=forbidden,
        input_ids=[right["input_ids"][r, :n].tolist() for r, n in enumerate(lengths)],
        greedy=[dict(tokens=t, least_gap=g) for t, g in rows]), "whole", "golden.json")


if __name__ == "__main__":
    main()
