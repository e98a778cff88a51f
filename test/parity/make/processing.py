"""Golden values around the models: pixels, grids, rope index, windows, chat template, tokenizer; and our written files opened by transformers.

Run after qwen2_5_vl.py, siglip.py, corpus.py and from_ts.ts. Writes fixtures/processing.json and fixtures/processing.safetensors.
"""

import json
import os
import random
import shutil
import tempfile
import types

import numpy as np
import torch
import transformers.models.qwen2_5_vl.modeling_qwen2_5_vl as modeling
from common import path, rope_index_of_product, write_json, write_tensors
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import AutoConfig, AutoProcessor, AutoTokenizer, Qwen2_5_VLForConditionalGeneration, SiglipModel
from transformers import Qwen2VLImageProcessor, Qwen2VLVideoProcessor

TOKENIZER = path("tokenizer")


def pixel_cases(tensors):
    rng = np.random.default_rng(21)
    cases = []
    for name, count, height, width, fps in [
        ("video", 4, 56, 84, 2.0), ("odd_frames", 3, 28, 56, 1.6), ("one_frame_video", 1, 28, 28, 0.25), ("image", 1, 56, 28, 0),
    ]:
        frames = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
        if fps:
            out = Qwen2VLVideoProcessor(do_resize=False)(
                videos=[torch.from_numpy(frames).permute(0, 3, 1, 2)], return_tensors="pt")
            pixels, grid = out["pixel_values_videos"], out["video_grid_thw"]
        else:
            out = Qwen2VLImageProcessor(do_resize=False)(images=[frames[0]], return_tensors="pt")
            pixels, grid = out["pixel_values"], out["image_grid_thw"]
        tensors[f"{name}.frames"], tensors[f"{name}.pixel_values"] = torch.from_numpy(frames), pixels
        cases.append(dict(name=name, fps=fps, grid_thw=grid[0].tolist(), second_per_grid_ts=2 / fps if fps else 0))
    return cases


def rope_cases(config):
    model = types.SimpleNamespace(config=config)
    functions = dict(seconds=modeling.Qwen2_5_VLModel.get_rope_index, product=rope_index_of_product())
    start, end, image, video, pad = (config.vision_start_token_id, config.vision_end_token_id, config.image_token_id,
                                     config.video_token_id, config.pad_token_id)
    seg = lambda token, g: [start, *[token] * (g[0] * g[1] * g[2] // 4), end]
    text = lambda n, base=10: list(range(base, base + n))
    g1, g2, g3, g4 = [1, 4, 6], [3, 4, 4], [4, 2, 8], [2, 10, 6]
    table = [
        ("text", [text(5)], [], [], None),
        ("text, batch padded right", [text(5), text(3)], [], [], None),
        ("image", [text(2) + seg(image, g1) + text(3)], [g1], [], None),
        ("image first and last", [seg(image, g1)], [g1], [], None),
        ("two images side by side", [text(1) + seg(image, g1) + seg(image, [1, 2, 2]) + text(2)], [g1, [1, 2, 2]], [], None),
        ("video without seconds", [text(2) + seg(video, g2) + text(2)], [], [g2], None),
        ("image, video, video", [text(1) + seg(image, g1) + text(2) + seg(video, g2) + text(1) + seg(video, g3) + text(2)],
         [g1], [g2, g3], [1.5, 0.25]),
        ("video then image", [seg(video, g4) + text(3) + seg(image, g1) + text(1)], [g1], [g4], [3.0]),
        ("batch", [text(4) + seg(video, g2) + text(2), text(1) + seg(image, g1) + text(5), text(7),
                   seg(video, g3) + text(3)], [g1], [g2, g3], [2.5, 1.0]),
    ]
    table += [(f"seconds {s}", [text(3) + seg(video, [5, 4, 4]) + text(2)], [], [[5, 4, 4]], [s])
              for s in (0.0666667, 0.3, 0.5, 0.7, 1.0, 1.25, 1.5, 2.5, 10 / 3, 7.9)]
    cases = []
    for name, rows, images, videos, seconds in table:
        width = max(map(len, rows))
        for side in ("right", "left"):
            if side == "left" and len({len(r) for r in rows}) == 1:
                continue
            fill = [[pad] * (width - len(r)) for r in rows]
            ids = torch.tensor([r + f if side == "right" else f + r for r, f in zip(rows, fill)])
            mask = torch.tensor([[1] * len(r) + [0] * len(f) if side == "right" else [0] * len(f) + [1] * len(r)
                                 for r, f in zip(rows, fill)])
            grid = lambda g: torch.tensor(g) if g else None
            args = (ids, grid(images), grid(videos), torch.tensor(seconds) if seconds else None, mask)
            case = dict(name=f"{name}, {side}", input_ids=ids.tolist(), attention_mask=mask.tolist(), image_grid_thw=images,
                        video_grid_thw=videos, second_per_grid_ts=seconds)
            for key, function in functions.items():
                ids3, delta = function(model, *args)
                case[key] = dict(position_ids=ids3.flatten().tolist(), rope_deltas=delta.flatten().tolist())
            cases.append(case)
    return cases


def window_cases():
    config = AutoConfig.from_pretrained(path("qwen2_5_vl"))
    cases = []
    for window in (112, 56):
        config.vision_config.window_size = window
        visual = modeling.Qwen2_5_VisionTransformerPretrainedModel(config.vision_config)
        for grids in ([[1, 2, 2]], [[1, 4, 4]], [[1, 8, 8]], [[1, 10, 8]], [[2, 10, 6]], [[1, 2, 18]], [[1, 18, 2]],
                      [[3, 6, 10], [1, 4, 12]], [[1, 8, 16], [2, 12, 6], [1, 2, 4]]):
            index, cu = visual.get_window_index(torch.tensor(grids))
            visual.rotary_pos_emb.forward = lambda n: torch.arange(int(n))[:, None]
            ids = visual.rot_pos_emb(torch.tensor(grids))
            cases.append(dict(window_size=window, grids=grids, window_index=index.tolist(),
                              cu_window_seqlens=torch.unique_consecutive(torch.tensor(cu)).tolist(), rot_pos_ids=ids.flatten().tolist()))
    return cases


AWKWARD = [
    "", " ", "  ", "a", "A red circle moves left.", "A  red   circle\tmoves\n\nleft. \n", "\n", "\n\n \n", " \n x", "x \n", "trailing   ",
    "don't I'LL we'Re it'S 'ſ ſ's", "12345 3.14 1,000 ½ ² ٣٤", "naïve café Grüße", "e\u0301 \u00e9 n\u0303 \u1112\u1161\u11ab 가",
    "数える。数える", "Привет, мир", "مرحبا بالعالم", "สวัสดี", "हिन्दी", "👩‍👩‍👧‍👦 👍🏽 🇩🇪", "\u0000\u0001\u007f", "\u00a0\u2003x\u3000y",
    "a\u0085b\u2028c\u2029d", "\ufeffbom", "\ufffd \ufdd0 \U0010ffff", "ǅ ß İ ı K Å", "x" * 300, "a" * 7 + "b" * 5, "<|im_end", "<think>",
    "<think>The circle.</think>\n<answer>B</answer>", " <answer> 4 </answer> ", "</ think>", "<|im_start|>user\nhi<|im_end|>\n",
    "say <|im_end|> and <|video_pad|><|video_pad|>", "<|vision_start|><|image_pad|><|vision_end|>What?", "\r\n\r\n\r", "\x0b\x0c \x1c\x1d",
    "if x==1:\n    return {'a': [1, 2]}  # c\n", "$\\frac{1}{2}$ ±≤∞", "A. left B. right C. up D. down", "www.a-b_c.com/?q=1&r=%20",
]


def tokenizer_cases(tokenizer):
    encodings = [dict(text=t, control=tokenizer(t)["input_ids"], plain=tokenizer(t, split_special_tokens=True)["input_ids"]) for t in AWKWARD]
    rng = random.Random(8)
    decodings = []
    rows = [e["control"] for e in encodings] + [[rng.randrange(len(tokenizer)) for _ in range(n)] for n in (1, 2, 5, 30, 60)]
    rows += [e["plain"][k:] for e in encodings for k in (1,) if len(e["plain"]) > 6]
    for ids in rows:
        decodings.append(dict(ids=ids, text=tokenizer.decode(ids), visible=tokenizer.decode(ids, skip_special_tokens=True)))
    return encodings, decodings


def chat_cases(tokenizer):
    part = lambda kind, text=None: dict(type=kind, **({"text": text} if text is not None else {}))
    conversations = [
        [dict(role="user", content="Hi.")],
        [dict(role="system", content="Be brief."), dict(role="user", content=" Hello\n"), dict(role="assistant", content="Yes."),
         dict(role="user", content="Why?")],
        [dict(role="user", content=[part("video"), part("text", "Which way does the red circle move?\nThink step by step.")])],
        [dict(role="user", content=[part("image"), part("text", "a "), part("video"), part("image"), part("text", "{{ b }} {% if %}")])],
        [dict(role="system", content=[part("text", "s")]), dict(role="user", content=[part("text", "")])],
        [dict(role="user", content=[part("video"), part("text", "q")]), dict(role="assistant", content="<think>x</think>\n<answer>A</answer>")],
    ]
    return [dict(messages=m, addGenerationPrompt=g, addVisionId=v, text=(t := tokenizer.apply_chat_template(
        m, tokenize=False, add_generation_prompt=g, add_vision_id=v)), ids=tokenizer(t)["input_ids"])
        for m in conversations for g in (True, False) for v in (False, True)]


def bpe_merges():
    """Merges of the tokenizers library's own trainer on the same texts, tags cut out beforehand."""
    with open(path("corpus.json"), encoding="utf-8") as file:
        corpus = json.load(file)
    with open(os.path.join(TOKENIZER, "tokenizer.json"), encoding="utf-8") as file:
        written = json.load(file)
    bare = Tokenizer(models.BPE())
    full = Tokenizer.from_str(json.dumps(written))
    bare.normalizer, bare.pre_tokenizer = full.normalizer, full.pre_tokenizer
    added = [t["content"] for t in written["added_tokens"]]
    texts = corpus["texts"]
    for token in added:
        texts = [piece for text in texts for piece in text.split(token)]
    trainer = trainers.BpeTrainer(vocab_size=corpus["vocabSize"] - len(added), min_frequency=2, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=[])
    bare.train_from_iterator(texts, trainer)
    model = json.loads(bare.to_str())["model"]
    return model["merges"], model["vocab"]


def opened_by_transformers():
    """Our config.json with the fixture weights gives the fixture's logits; our tokenizer folder is a processor."""
    seen = {}
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path("written", "qwen2_5_vl-config.json"), os.path.join(folder, "config.json"))
        shutil.copy(path("qwen2_5_vl", "model.safetensors"), folder)
        model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        golden = load_file(path("qwen2_5_vl", "golden.safetensors"))
        names = ("input_ids", "attention_mask", "pixel_values", "pixel_values_videos", "image_grid_thw", "video_grid_thw",
                 "second_per_grid_ts")
        batch = {k: golden[k].long() if golden[k].dtype == torch.int32 else golden[k] for k in names}
        with torch.no_grad():
            seen["qwen2_5_vl_max_difference"] = (model(**batch).logits - golden["logits"]).abs().max().item()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path("written", "siglip-config.json"), os.path.join(folder, "config.json"))
        shutil.copy(path("siglip", "model.safetensors"), folder)
        model = SiglipModel.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
        golden = load_file(path("siglip", "golden.safetensors"))
        with torch.no_grad():
            out = model(input_ids=golden["input_ids"].long(), pixel_values=golden["pixel_values"])
        seen["siglip_max_difference"] = (out.logits_per_text - golden["logits_per_text"]).abs().max().item()
    assert max(seen.values()) < 1e-6, seen
    return seen


def processor_case(tensors):
    """The whole processor: chat template, expanded placeholders, pixels, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(TOKENIZER):
            shutil.copy(os.path.join(TOKENIZER, name), folder)
        shutil.copy(path("written", "qwen2_5_vl-config.json"), os.path.join(folder, "config.json"))
        processor = AutoProcessor.from_pretrained(folder)
    video = torch.from_numpy(tensors["video.frames"].numpy()).permute(0, 3, 1, 2)
    image = tensors["image.frames"][0].numpy()
    messages = [dict(role="user", content=[dict(type="video"), dict(type="image"), dict(type="text", text="What moves?")])]
    text = processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    out = processor(text=[text], images=[image], videos=[video], fps=2.0, do_resize=False, return_tensors="pt")
    assert torch.equal(out["pixel_values_videos"], tensors["video.pixel_values"])
    tokenizer = processor.tokenizer
    return dict(messages=messages, input_ids=out["input_ids"][0].tolist(), second_per_grid_ts=[float(s) for s in out["second_per_grid_ts"]],
                class_name=type(processor).__name__, tokenizer_class=type(tokenizer).__name__, eos=tokenizer.eos_token_id,
                pad=tokenizer.pad_token_id, image_processor=type(processor.image_processor).__name__,
                image_token_id=processor.image_token_id, video_token_id=processor.video_token_id)


def main():
    tensors = {}
    pixels = pixel_cases(tensors)
    config = AutoConfig.from_pretrained(path("qwen2_5_vl"))
    tokenizer = AutoTokenizer.from_pretrained(TOKENIZER)
    encodings, decodings = tokenizer_cases(tokenizer)
    merges, vocab = bpe_merges()
    write_json(dict(
        pixels=pixels, rope=rope_cases(config), windows=window_cases(), encodings=encodings, decodings=decodings,
        chats=chat_cases(tokenizer), processor=processor_case(tensors), opened=opened_by_transformers(), merges=merges, vocab=vocab,
    ), "processing.json")
    write_tensors(tensors, "processing.safetensors")


if __name__ == "__main__":
    main()
