"""One toy model in bf16, sharded as both generations of transformers save it: `sharded/published` by 4.x (language settings at the top
of config.json, weights model.layers.* and visual.*), `sharded/nested` by 5.x (text_config, weights model.language_model.* and model.visual.*).

Run twice, in this order: with transformers 4.57.3, then with 5.x. The first also writes the weights in f32 under their published names, and
the logits of a text, to compare with.
"""

import os
import sys

import torch
import transformers
from common import path, scale_weights, write_tensors
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

SHARD = "12KB"


def config():
    text = dict(
        vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, rms_norm_eps=1e-5, rope_theta=50.0, max_position_embeddings=256, tie_word_embeddings=False,
        rope_scaling={"type": "mrope", "mrope_section": [2, 1, 1]}, hidden_act="silu",
        bos_token_id=50, eos_token_id=52, pad_token_id=50,
    )
    vision = dict(
        depth=2, hidden_size=16, intermediate_size=20, num_heads=2, in_channels=3, patch_size=14, spatial_merge_size=2,
        temporal_patch_size=2, tokens_per_second=3, window_size=112, fullatt_block_indexes=[1], out_hidden_size=16,
        hidden_act="silu",
    )
    return Qwen2_5_VLConfig(
        text_config=text, vision_config=vision, tie_word_embeddings=False, image_token_id=56, video_token_id=57,
        vision_start_token_id=54, vision_end_token_id=55, attn_implementation="eager",
    )


def published(name):
    return name.replace("model.language_model.", "model.").replace("model.visual.", "visual.")


def folder(name):
    return os.path.dirname(path("sharded", name, "x"))


def first():
    model = Qwen2_5_VLForConditionalGeneration(config()).eval()
    scale_weights(model, 11, [])
    model.bfloat16().save_pretrained(folder("published"), max_shard_size=SHARD)
    # Opened anew: the rotary frequencies of a model that was bf16 stay rounded.
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(
        folder("published"), dtype=torch.float32, attn_implementation="eager"
    ).eval()
    ids = torch.tensor([[3, 9, 27, 1, 40, 33, 12, 5]])
    with torch.no_grad():
        logits = model(input_ids=ids).logits
    write_tensors({**{published(n): p for n, p in model.named_parameters()}}, "sharded", "weights.safetensors")
    write_tensors({"input_ids": ids.int(), "logits": logits}, "sharded", "golden.safetensors")


def second():
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(folder("published"), dtype=torch.bfloat16)
    # By default the published names are kept; without, weights are named after the modules that hold them.
    model.save_pretrained(folder("nested"), max_shard_size=SHARD, save_original_format=False)


if transformers.__version__.startswith("4."):
    first()
else:
    second()
print(transformers.__version__, sorted(os.listdir(folder("published"))), file=sys.stderr)
