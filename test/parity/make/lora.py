"""Golden fixtures of LoRA: adapters made and run by PEFT on the toy Qwen2.5-VL of qwen2_5_vl.py, and ours opened by PEFT.

Needs peft 0.18.0 beside the packages named in fixtures/README.md. Run after qwen2_5_vl.py:
    python lora.py && node lora_from_ts.ts && python lora.py opened
Writes fixtures/lora/. Updates are random and as large as f32 allows, so that every mistake in their scale or their place shows in the logits.
"""

import copy
import json
import os
import sys

import peft
import torch
from common import path, write_json, write_tensors
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import Qwen2_5_VLForConditionalGeneration

BOTH = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "qkv", "attn.proj", "mlp.0", "mlp.2"]
ADAPTERS = {
    "plain": LoraConfig(r=3, lora_alpha=7, target_modules=BOTH, task_type="CAUSAL_LM"),
    "patterns": LoraConfig(
        r=2, lora_alpha=3, use_rslora=True, target_modules=r".*language_model\.layers\.\d+\.(self_attn|mlp)\.(q_proj|v_proj|down_proj)",
        rank_pattern={"q_proj": 4}, alpha_pattern={"layers.1.self_attn.q_proj": 5, "down_proj": 1.5}, task_type="CAUSAL_LM",
    ),
}


def base():
    folder = path("qwen2_5_vl")
    return Qwen2_5_VLForConditionalGeneration.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()


def batch():
    golden = load_file(path("qwen2_5_vl", "golden.safetensors"))
    wide = lambda k: golden[k].long()
    return dict(
        input_ids=wide("input_ids"), attention_mask=wide("attention_mask"), position_ids=wide("position_ids"),
        pixel_values=golden["pixel_values"], pixel_values_videos=golden["pixel_values_videos"],
        image_grid_thw=wide("image_grid_thw"), video_grid_thw=wide("video_grid_thw"), second_per_grid_ts=golden["second_per_grid_ts"],
    ), wide("labels"), golden["logits"]


def run(model, inputs, labels=None):
    return model(**inputs, labels=labels, use_cache=False)


def randomize(model, seed, gain):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_" in name:
                p.copy_(gain * torch.randn(p.shape, generator=generator) / p.shape[1] ** 0.5)


def scaled(model, change):
    """A copy whose layers' scales are changed by `change(module name, layer)`."""
    mutant = copy.deepcopy(model)
    for name, module in mutant.named_modules():
        if isinstance(getattr(module, "scaling", None), dict):
            module.scaling["default"] = change(name, module)
    return mutant


def mutants(name, model, inputs):
    changes = {
        "scale_ignored": lambda n, m: 1.0,
        "rank_ignored": lambda n, m: m.scaling["default"] * (m.r["default"] if name == "plain" else m.r["default"] ** 0.5),
        "other_scale": lambda n, m: m.lora_alpha["default"] / (m.r["default"] ** 0.5 if name == "plain" else m.r["default"]),
    }
    if name == "plain":
        changes["vision_dropped"] = lambda n, m: 0.0 if "visual" in n else m.scaling["default"]
    else:
        changes["alpha_pattern_ignored"] = lambda n, m: 3 / m.r["default"] ** 0.5
    with torch.no_grad():
        return {n: run(scaled(model, c), inputs).logits for n, c in changes.items()}


def make(name, config, seed):
    inputs, labels, plain = batch()
    model = get_peft_model(base(), config).eval()
    randomize(model, seed, 0.45 if name == "plain" else 0.8)  # larger ones make f32 itself too coarse for the bar
    out = run(model, inputs, labels)
    out.loss.backward()
    valid = inputs["attention_mask"].bool()
    with torch.no_grad():
        merged = run(copy.deepcopy(model).merge_and_unload(), inputs).logits
        double = {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}
        noise = (run(copy.deepcopy(model).double(), double).logits.float() - out.logits)[valid].abs().max().item()
    wrong = mutants(name, model, inputs)
    far = {n: (m - out.logits)[valid].abs().max().item() for n, m in wrong.items()}
    far["no_adapter"] = (plain - out.logits)[valid].abs().max().item()
    assert min(far.values()) > 1e-2 and noise < 3e-5, (far, noise)
    model.save_pretrained(path("lora", name))
    os.remove(path("lora", name, "README.md"))
    os.chmod(path("lora", name, "adapter_model.safetensors"), 0o644)
    config_file = path("lora", name, "adapter_config.json")
    with open(config_file, encoding="utf-8") as file:
        written = json.load(file)
    written["base_model_name_or_path"] = "qwen2_5_vl"  # not the folder of the machine that made it
    with open(config_file, "w", encoding="utf-8") as file:
        json.dump(written, file, indent=2, sort_keys=True)
        file.write("\n")
    gradients = {n.replace(".default", ""): p.grad for n, p in model.named_parameters() if "lora_" in n}
    assert all(g.abs().max() > 0 for g in gradients.values())
    write_tensors({"logits": out.logits, **{f"gradient.{n}": g for n, g in gradients.items()}}, "lora", f"{name}.safetensors")
    write_tensors(wrong, "lora", f"{name}-mutants.safetensors")
    return dict(loss=out.loss.item(), f32_noise=noise, mutant_max_difference=far, merged_difference=(merged - out.logits)[valid].abs().max().item())


def opened():
    """Our adapter (lora_from_ts.ts: the tensors of `plain`, with our configuration) in PEFT: its logits against those of `plain`."""
    inputs, _, _ = batch()
    wanted = load_file(path("lora", "plain.safetensors"))["logits"]
    model = PeftModel.from_pretrained(base(), path("lora", "written")).eval()
    with torch.no_grad():
        got = run(model, inputs).logits
    valid = inputs["attention_mask"].bool()
    difference = (got - wanted)[valid].abs().max().item()
    print("our adapter in PEFT: largest difference of logits", difference)
    write_json({"peft": peft.__version__, "difference": difference}, "lora", "opened.json")


if __name__ == "__main__":
    if sys.argv[1:] == ["opened"]:
        opened()
    else:
        facts = {name: make(name, config, 5 + i) for i, (name, config) in enumerate(ADAPTERS.items())}
        print(facts)
        write_json({"peft": peft.__version__, **facts}, "lora", "golden.json")
