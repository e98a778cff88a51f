"""TRL: the parsers of `trl sft` and `trl grpo`, and load_dataset as these scripts call it. Part of check.py, beside it in a launch folder."""

import os
import sys
from argparse import Namespace

from check_tools import HERE, absent, config_of, count, cpu_overrides, note, plain, read_back, without


def check(name, stage, launch):
    import importlib

    from datasets import load_dataset

    config = config_of(stage)
    parser = importlib.import_module(f"trl.scripts.{name}").make_parser(prog=f"trl {name}")
    argv = ["--config", os.path.join(HERE, stage["config"]), "--model_name_or_path", launch["model"]]
    overrides = cpu_overrides()
    if config.get("use_vllm") and absent("vllm"):
        note("vllm is not installed: parsed without use_vllm")
        overrides["use_vllm"] = False
    for key, value in overrides.items():
        argv += ["--" + key, str(value)]
    parts = parser.parse_args_and_config(argv, fail_with_unknown_args=True)
    merged = Namespace(**{key: value for part in parts for key, value in vars(part).items()})
    read = read_back(merged, {key: value for key, value in config.items() if key not in overrides})
    dataset = load_dataset(config["dataset_name"])[config["dataset_train_split"]]
    count(len(dataset), stage)
    first = dataset[0]
    sizes = [list(picture.size) for picture in first["images"]]
    if name == "grpo":
        sys.path.insert(0, HERE)
        importlib.import_module("videorft_rewards").videorft_reward
    return {"read": read, "first": {**plain({key: value for key, value in first.items() if key != "images"}), "images": sizes}}
