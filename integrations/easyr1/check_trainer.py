"""EasyR1: PPOConfig through OmegaConf, and its RLHFDataset. VIDEORFT_EASYR1 names its checkout where it is not installed. Part of check.py, beside it in a launch folder."""

import os
import sys

from check_tools import HERE, StandIn, absent, config_of, count, folder_of, note, plain


def check(name, stage, launch):
    if os.environ.get("VIDEORFT_EASYR1"):
        sys.path.insert(0, os.environ["VIDEORFT_EASYR1"])
    StandIn("vllm", "flash_attn", "liger_kernel", "mathruler", "msgspec", "pylatexenc", "wandb")
    from omegaconf import OmegaConf
    from verl.trainer.config import PPOConfig

    file = OmegaConf.load(os.path.join(HERE, stage["config"]))
    over = OmegaConf.create({"worker": {"actor": {"model": {"model_path": launch["model"]}}}})
    merged = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(PPOConfig()), file, over))
    merged.deep_post_init()
    read = {}

    def compare(node, target, prefix):
        for key, value in node.items():
            if isinstance(value, dict):
                compare(value, getattr(target, key), f"{prefix}{key}.")
                continue
            got = read[prefix + key] = plain(getattr(target, key))
            whole = f"{got}:{target.reward_function_name}" if key == "reward_function" else got
            if whole != value:
                raise AssertionError(f"{prefix}{key} is {value!r} in the file, and {whole!r} after parsing")

    compare(config_of(stage), merged, "")
    folder = folder_of(launch["model"])
    if folder is None:
        return {"read": read}
    if absent("qwen_vl_utils"):
        note("qwen_vl_utils is not installed: the data was not loaded")
        return {"read": read}
    from verl.utils.dataset import RLHFDataset
    from verl.utils.tokenizer import get_processor, get_tokenizer

    data = merged.data
    tokenizer, processor = get_tokenizer(folder), get_processor(folder)
    keys = {key: getattr(data, key) for key in ("prompt_key", "answer_key", "image_key", "video_key", "video_fps", "max_prompt_length", "min_pixels", "max_pixels")}
    dataset = RLHFDataset(data.train_files, tokenizer, processor, filter_overlong_prompts=False, truncation="right", **keys)
    count(len(dataset), stage)
    first = dataset[0]
    media = first["multi_modal_data"]
    return {"read": read, "first": {"tokens": int(first["attention_mask"].sum()), "media": {key: len(value[0]) for key, value in media.items()}, "ground_truth": first["ground_truth"]}}
