"""OpenRLHF: the argparse of train_ppo_ray.py, run up to the training itself, and its PromptDataset. Part of check.py, beside it in a launch folder."""

import ast
import importlib.util
import os
import sys
from argparse import Namespace

from check_tools import StandIn, args_of, count, folder_of, plain


def check(name, stage, launch):
    StandIn("deepspeed", "vllm", "ray", "flash_attn", "torchdata", "peft", "bitsandbytes", "optree", "pylatexenc", "aiohttp", "loralib")
    source = os.path.join(os.path.dirname(importlib.util.find_spec("openrlhf").origin), "cli", "train_ppo_ray.py")
    with open(source, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    main = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test).startswith("__name__")]
    parsed = []
    argv = [*args_of(stage), "--actor.model_name_or_path", launch["model"], "--reward.remote_url", "http://127.0.0.1:8001/get_reward"]
    # What the program does when it is started, up to the training itself.
    sys.argv = [source, *argv]
    exec(compile(ast.Module(main[0].body, []), source, "exec"), {"argparse": __import__("argparse"), "os": os, "datetime": __import__("datetime").datetime, "train": parsed.append})
    [args] = parsed
    from openrlhf.datasets.prompts_dataset import PromptDataset
    from openrlhf.datasets.utils import blending_datasets

    strategy = Namespace(args=args, is_rank_0=lambda: False, print=lambda *_: None)
    data = blending_datasets(args.data.prompt_dataset, args.data.prompt_probs, strategy, args.train.seed, max_count=args.data.max_samples, dataset_split=args.data.prompt_split)
    read = {part: plain(vars(getattr(args, part))) for part in ("data", "rollout", "actor", "train", "vllm")}
    folder = folder_of(launch["model"])
    if folder is None:
        return {"read": read, "first": plain(data[0])}
    from transformers import AutoTokenizer

    dataset = PromptDataset(data, AutoTokenizer.from_pretrained(folder), strategy)
    if args.data.max_samples >= stage["rows"]:
        count(len(dataset), stage)
    _, prompt, label, images = dataset[0]
    if not all(map(os.path.exists, images)):
        raise AssertionError(f"pictures are missing: {images}")
    return {"read": read, "first": {"prompt": prompt, "label": label, "images": len(images)}}
