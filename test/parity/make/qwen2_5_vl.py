"""Golden fixture of Qwen2_5_VLForConditionalGeneration at toy size: weights, inputs, logits, loss, gradients, mutants, greedy text.

Eager attention, f32. Two samples of unequal length: 0 has a video (grid 2x10x6, windows do not divide it), 1 has an image.
Writes fixtures/qwen2_5_vl/. Every mutant is a mistake that an implementation could make; each must move the logits by > 1e-2.
"""

import copy
import os

import torch
from common import path, rope_index_of_product, scale_weights, smooth_frames, write_json, write_tensors
from safetensors import safe_open
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2VLImageProcessor, Qwen2VLVideoProcessor

VOCAB = 320
EOT, IM_START, IM_END, V_START, V_END, V_PAD, I_PAD, VID_PAD = range(312, 320)
SECONDS = 2.5  # transformers >= 4.50 truncates this to 2 before it multiplies: see mutants/variants below


def make_config(tied):
    text = dict(
        vocab_size=VOCAB, hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, rms_norm_eps=1e-6, rope_theta=10.0, max_position_embeddings=512,
        tie_word_embeddings=tied, rope_scaling={"type": "mrope", "mrope_section": [2, 2, 2]},
        bos_token_id=EOT, eos_token_id=IM_END, pad_token_id=EOT, hidden_act="silu",
    )
    vision = dict(
        depth=3, hidden_size=32, intermediate_size=56, num_heads=2, in_channels=3, patch_size=14, spatial_merge_size=2,
        temporal_patch_size=2, tokens_per_second=2, window_size=112, fullatt_block_indexes=[1], out_hidden_size=48,
        hidden_act="silu",
    )
    return Qwen2_5_VLConfig(
        text_config=text, vision_config=vision, tie_word_embeddings=tied, image_token_id=I_PAD, video_token_id=VID_PAD,
        vision_start_token_id=V_START, vision_end_token_id=V_END, bos_token_id=EOT, eos_token_id=IM_END,
        pad_token_id=EOT, attn_implementation="eager",
    )


def make_model(tied):
    model = Qwen2_5_VLForConditionalGeneration(make_config(tied)).float().eval()
    gains = [("q_proj.weight", 1.3), ("k_proj.weight", 1.3), ("qkv.weight", 1.3), ("o_proj", 1.0), ("attn.proj", 1.0),
             ("down_proj", 1.0), ("lm_head", 1.2), ("patch_embed", 1.0), ("embed_tokens", 1.0 if not tied else 0.25)]
    scale_weights(model, 7, gains)
    if tied:
        model.tie_weights()
    return model


def make_inputs():
    video = smooth_frames(4, 140, 84, 1)
    image = smooth_frames(1, 56, 168, 2)[0]
    vp = Qwen2VLVideoProcessor(do_resize=False)(videos=[torch.from_numpy(video).permute(0, 3, 1, 2)], return_tensors="pt")
    ip = Qwen2VLImageProcessor(do_resize=False)(images=[image], return_tensors="pt")
    assert vp["video_grid_thw"].tolist() == [[2, 10, 6]] and ip["image_grid_thw"].tolist() == [[1, 4, 12]]
    rand = torch.Generator().manual_seed(3)
    text = lambda n: torch.randint(0, 256, (n,), generator=rand).tolist()
    prompts = [
        [IM_START, *text(3), V_START, *[VID_PAD] * 30, V_END, *text(7), IM_END, IM_START, *text(2)],
        [IM_START, *text(2), V_START, *[I_PAD] * 12, V_END, *text(5), IM_END, IM_START, *text(2)],
    ]
    completions = [[*text(8), IM_END], [*text(5), IM_END]]
    return video, image, vp, ip, prompts, completions


def published(name):
    """The weight's name in published checkpoints, which save_pretrained keeps: model.layers.*, visual.*, lm_head.weight."""
    return name.replace("model.language_model.", "model.").replace("model.visual.", "visual.")


def pad(rows, value, side):
    width = max(map(len, rows))
    return torch.tensor([r + [value] * (width - len(r)) if side == "right" else [value] * (width - len(r)) + r for r in rows])


def forward(model, batch, **over):
    args = {**batch, **over}
    return model(**args, use_cache=False, output_hidden_states=True)


def raster_of_block_order(grid):
    """Index that puts merge-block-ordered patches into raster order."""
    t, h, w = grid
    ids = torch.arange(t * h * w).view(t, h // 2, w // 2, 2, 2).permute(0, 1, 3, 2, 4)
    return ids.reshape(-1)


def mutant_logits(model, batch, positions):
    """The logits of each mistake, by name."""
    vg, ig = batch["video_grid_thw"][0].tolist(), batch["image_grid_thw"][0].tolist()
    out = {}
    with torch.no_grad():
        out["mrope_height_width_swapped"] = forward(model, batch, position_ids=positions[[0, 2, 1]]).logits
        flat = positions.max(0, keepdim=True).values.expand(3, -1, -1)
        out["mrope_axes_equal"] = forward(model, batch, position_ids=flat).logits
        out["seconds_dropped"] = forward(model, batch, second_per_grid_ts=torch.tensor([1.0])).logits
        no_windows = copy.deepcopy(model)
        no_windows.model.visual.fullatt_block_indexes = [0, 1, 2]
        out["windows_ignored"] = forward(no_windows, batch).logits
        no_full = copy.deepcopy(model)
        no_full.model.visual.fullatt_block_indexes = []
        out["full_attention_block_ignored"] = forward(no_full, batch).logits
        out["merge_order_raster"] = forward(
            model, batch, pixel_values_videos=batch["pixel_values_videos"][raster_of_block_order(vg)],
            pixel_values=batch["pixel_values"][raster_of_block_order(ig)],
        ).logits
        unsorted = copy.deepcopy(model)
        visual = unsorted.model.visual
        index = {}
        visual.get_window_index = lambda g, f=visual.get_window_index: index.setdefault(tuple(g[0].tolist()), f(g))
        visual.merger.register_forward_hook(lambda m, i, o: o[next(w for w, _ in index.values() if len(w) == len(o))])
        out["windows_not_reversed"] = forward(unsorted, batch).logits
        raster = copy.deepcopy(model)
        original = raster.model.visual.rot_pos_emb
        raster.model.visual.rot_pos_emb = lambda g: original(g)[torch.argsort(raster_of_block_order(g[0].tolist()))]
        out["vision_rotary_raster"] = forward(raster, batch).logits
    return out


def greedy(model, prompt, media, steps=24):
    """Greedy continuation by full forward passes, its per-step logits and the gap between best and second best."""
    ids, tokens, rows = list(prompt), [], []
    with torch.no_grad():
        for _ in range(steps):
            logits = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                           use_cache=False, **media).logits[0, -1]
            rows.append(logits)
            tokens.append(int(logits.argmax()))
            ids.append(tokens[-1])
            model.model.rope_deltas = None
        generated = model.generate(input_ids=torch.tensor([prompt]), max_new_tokens=steps, do_sample=False, eos_token_id=None, **media)
    assert generated[0, len(prompt):].tolist() == tokens, "cached generate disagrees with full forward"
    gaps = [float(r.topk(2).values[0] - r.topk(2).values[1]) for r in rows]
    return tokens, gaps, torch.stack(rows)


def main():
    model = make_model(False)
    video, image, vp, ip, prompts, completions = make_inputs()
    full = [p + c for p, c in zip(prompts, completions)]
    labels = [[-100] * len(p) + c for p, c in zip(prompts, completions)]
    media = dict(pixel_values_videos=vp["pixel_values_videos"], video_grid_thw=vp["video_grid_thw"],
                 pixel_values=ip["pixel_values"], image_grid_thw=ip["image_grid_thw"],
                 second_per_grid_ts=torch.tensor([SECONDS]))

    def batch_of(side):
        ids = pad(full, EOT, side)
        return dict(input_ids=ids, attention_mask=pad([[1] * len(r) for r in full], 0, side), **media)

    batch, left = batch_of("right"), batch_of("left")
    label_mask = pad(labels, -100, "right")
    index_args = ("input_ids", "image_grid_thw", "video_grid_thw", "second_per_grid_ts", "attention_mask")
    positions, deltas = model.model.get_rope_index(**{k: batch[k] for k in index_args})
    left_positions, left_deltas = model.model.get_rope_index(**{k: left[k] for k in index_args})

    calls = {}
    model.model.visual.patch_embed.register_forward_hook(lambda m, i, o: calls.setdefault("patch_embed", []).append(o))
    for n, block in enumerate(model.model.visual.blocks):
        block.register_forward_hook(lambda m, i, o, n=n: calls.setdefault(f"block{n}", []).append(o))
    out = forward(model, batch, labels=label_mask)
    captured = {k: v[:2] for k, v in calls.items()}  # order of calls: image first, then video
    out.loss.backward()
    gradients = {n: p.grad for n, p in model.named_parameters()}
    assert all(g is not None and g.abs().max() > 0 for g in gradients.values())
    with torch.no_grad():
        image_embeds = model.model.visual(media["pixel_values"], grid_thw=media["image_grid_thw"])
        video_embeds = model.model.visual(media["pixel_values_videos"], grid_thw=media["video_grid_thw"])
        left_logits = forward(model, left).logits

    model.save_pretrained(path("qwen2_5_vl"), safe_serialization=True)  # config.json, model.safetensors
    os.remove(path("qwen2_5_vl", "generation_config.json"))
    with safe_open(path("qwen2_5_vl", "model.safetensors"), "pt") as file:
        assert set(file.keys()) == {published(n) for n in model.state_dict()}
    write_tensors({published(n): g for n, g in gradients.items()}, "qwen2_5_vl", "gradients.safetensors")

    tensors = dict(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=label_mask,
        position_ids=positions, rope_deltas=deltas, logits=out.logits, loss=out.loss.reshape(1),
        left_input_ids=left["input_ids"], left_attention_mask=left["attention_mask"], left_position_ids=left_positions,
        left_rope_deltas=left_deltas, left_logits=left_logits, video_frames=torch.from_numpy(video),
        image_frame=torch.from_numpy(image), image_embeds=image_embeds, video_embeds=video_embeds, **media,
    )
    for n, h in enumerate(out.hidden_states):
        tensors[f"hidden_states.{n}"] = h
    for name, (im, vi) in captured.items():
        tensors[f"vision_image.{name}"], tensors[f"vision_video.{name}"] = im, vi
    tensors = {k: v.to(torch.int32) if v.dtype == torch.int64 else v for k, v in tensors.items()}

    # Mutants and the one variant (float seconds: 4.49 and vLLM truncate the product, 4.50+ the seconds).
    mutants = mutant_logits(model, batch, positions)
    variant_positions, _ = rope_index_of_product()(model.model, **{k: batch[k] for k in index_args})
    with torch.no_grad():
        variant = forward(model, batch, position_ids=variant_positions).logits
        exact = copy.deepcopy(model).double()
        double = {k: v.double() if k.startswith("pixel") else v for k, v in batch.items()}
        noise = (forward(exact, double).logits.float() - out.logits)[batch["attention_mask"].bool()].abs().max().item()
    tensors["variant_float_seconds_position_ids"] = variant_positions.to(torch.int32)
    tensors["variant_float_seconds_logits"] = variant
    write_tensors(tensors, "qwen2_5_vl", "golden.safetensors")
    write_tensors(mutants, "qwen2_5_vl", "mutants.safetensors")

    valid = batch["attention_mask"].bool()
    difference = {n: (m - out.logits)[valid].abs().max().item() for n, m in mutants.items()}
    difference["variant_float_seconds"] = (variant - out.logits)[valid].abs().max().item()
    print("logits std", out.logits[valid].std().item(), "loss", out.loss.item(), "f32 against f64", noise)
    print(difference)
    assert out.logits[valid].std() >= 1 and min(difference.values()) > 1e-2 and noise < 3e-5

    video_media = {k: media[k] for k in ("pixel_values_videos", "video_grid_thw", "second_per_grid_ts")}
    image_media = {k: media[k] for k in ("pixel_values", "image_grid_thw")}
    greedy_rows = [greedy(model, prompts[0], video_media), greedy(model, prompts[1], image_media)]
    print("smallest gaps", [min(g) for _, g, _ in greedy_rows])
    write_tensors({f"logits.{i}": r for i, (_, _, r) in enumerate(greedy_rows)}, "qwen2_5_vl", "greedy.safetensors")

    tied_facts = tied_fixture(batch, label_mask)
    write_json(dict(
        loss=out.loss.item(), seconds=SECONDS, logits_std=out.logits[valid].std().item(), f32_noise=noise,
        prompts=prompts, completions=completions, mutant_max_difference=difference,
        greedy=[dict(tokens=t, top2_gap=g) for t, g, _ in greedy_rows], tied=tied_facts,
    ), "qwen2_5_vl", "golden.json")


def tied_fixture(batch, labels):
    """The tied-head model: its own embedding scale; weights of everything, logits, loss and the shared matrix's gradient."""
    model = make_model(True)
    out = forward(model, batch, labels=labels)
    out.loss.backward()
    embedding = model.model.language_model.embed_tokens.weight
    valid = batch["attention_mask"].bool()
    assert out.logits[valid].std() >= 1
    write_tensors({"model.embed_tokens.weight": embedding, "logits": out.logits, "loss": out.loss.reshape(1),
                   "gradient.embed_tokens": embedding.grad}, "qwen2_5_vl", "tied.safetensors")
    same = {n: torch.equal(p, q) for (n, p), (_, q) in zip(model.named_parameters(), make_model(False).named_parameters())}
    print("tied: equal to the untied weights except", [n for n, s in same.items() if not s], "loss", out.loss.item())
    return dict(loss=out.loss.item(), logits_std=out.logits[valid].std().item())


if __name__ == "__main__":
    main()
