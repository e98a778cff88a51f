"""Whether a trainer takes a launch folder of `videorft export`: its own parser reads the configuration, its own loader the data. No GPU, no weights.

Run by the Python that the trainer is installed in: python check.py [FOLDER]. MODEL=… names another model than the exported one; a folder with
config.json and a tokenizer is enough. Lines begin with ok, note or failed; the last is RESULT with what was read, as JSON; status 1: failed.
"""

import ast
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
import traceback
from argparse import Namespace
from unittest.mock import MagicMock

HERE = os.path.realpath(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
notes = []


def note(text):
    if text not in notes:
        notes.append(text)


def absent(module):
    return importlib.util.find_spec(module) is None


def gpu():
    import torch

    return torch.cuda.is_available()


def cpu_overrides():
    """What Hugging Face's Trainer wants on a machine without a GPU."""
    if gpu():
        return {}
    note("there is no GPU: parsed with use_cpu and without bf16")
    return {"use_cpu": True, "bf16": False}


def folder_of(model):
    """The model's folder, or None where only a download would tell."""
    if os.path.exists(os.path.join(model, "config.json")):
        return model
    note(f"{model} is not a folder here: what depends on the model was not looked at (MODEL=FOLDER names one)")
    return None


def plain(value):
    """For JSON: numbers, texts, lists and dicts as they are, all else as text."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value).removeprefix("torch.")


def config_of(stage):
    import yaml

    with open(os.path.join(HERE, stage["config"]), encoding="utf-8") as file:
        return yaml.safe_load(file)


def args_of(stage):
    with open(os.path.join(HERE, stage["config"]), encoding="utf-8") as file:
        return [line for line in file.read().splitlines() if not line.startswith("#")]


def read_back(arguments, wanted):
    """What the parser made of each setting of the file; a value that it has changed is a failure."""
    read = {}
    for key, value in wanted.items():
        read[key] = plain(getattr(arguments, key))
        if key not in ("deepspeed", "report_to") and read[key] != value and [read[key]] != value and read[key] != [value]:
            raise AssertionError(f"{key} is {value!r} in the file, and {read[key]!r} after parsing")
    return read


def count(rows, stage):
    if rows != stage["rows"]:
        raise AssertionError(f"{rows} rows were loaded, but {stage['rows']} were written")


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Empty modules of these names, where a parser imports what only training needs."""

    def __init__(self, *names):
        self.names = [name for name in names if absent(name)]
        for name in self.names:
            note(f"{name} is not installed: an empty stand-in was imported")
        sys.meta_path.append(self)

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.names else None

    def create_module(self, spec):
        module = MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


def without(argv, keys):
    """Arguments without those of these flags."""
    out, skipping = [], False
    for word in argv:
        skipping = word[2:] in keys if word.startswith("--") else skipping
        if not skipping:
            out.append(word)
    return out


# ms-swift ------------------------------------------------------------------------------------------------------------


def ms_swift(name, stage, launch):
    from swift.arguments import RLHFArguments, SftArguments
    from swift.cli.main import parse_yaml_args
    from swift.dataset import load_dataset
    from swift.utils import parse_args

    config = config_of(stage)
    argv = [os.path.join(HERE, stage["config"])]
    parse_yaml_args(argv)
    overrides = {"model": launch["model"], **cpu_overrides()}
    dropped = []
    for module, keys in (("vllm", [key for key in config if "vllm" in key] + ["sleep_level"]), ("deepspeed", ["deepspeed"]), ("flash_attn", ["attn_impl"])):
        if absent(module) and any(key in config for key in keys):
            note(f"{module} is not installed: parsed without {', '.join(key for key in keys if key in config)}")
            dropped += keys
    argv = without(argv, dropped)
    for key, value in overrides.items():
        argv += ["--" + key, str(value)]
    arguments, rest = parse_args(RLHFArguments if name == "grpo" else SftArguments, argv)
    if rest:
        raise AssertionError(f"arguments that ms-swift does not know: {rest}")
    read = read_back(arguments, {key: value for key, value in config.items() if key not in overrides and key not in [*dropped, "deepspeed"]})
    dataset, _ = load_dataset(config["dataset"], split_dataset_ratio=0.0, strict=True, remove_unused_columns=False)
    count(len(dataset), stage)
    first = dataset[0]
    medium = (first.get("videos") or first.get("images"))[0]
    path = medium if isinstance(medium, str) else medium["path"]
    if not os.path.exists(os.path.join(launch["mediaAt"], path)):
        raise AssertionError(f"{path} is not below {launch['mediaAt']}")
    return {"read": read, "first": plain(first)}


# TRL -----------------------------------------------------------------------------------------------------------------


def trl(name, stage, launch):
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


# LLaMA-Factory -------------------------------------------------------------------------------------------------------


def llama_factory(name, stage, launch):
    from llamafactory.hparams import get_train_args

    config = config_of(stage)
    overrides = {**cpu_overrides(), "model_name_or_path": launch["model"]}
    if absent("deepspeed"):
        note("deepspeed is not installed: parsed without it")
        overrides["deepspeed"] = None
    if absent("flash_attn"):
        note("flash_attn is not installed: parsed without it")
        overrides["flash_attn"] = "auto"
    parts = get_train_args({**config, **overrides})
    merged = Namespace(**{key: value for part in reversed(parts) for key, value in vars(part).items()})
    listed = {"dataset": config["dataset"].split(",")}
    read = read_back(merged, {key: listed.get(key, value) for key, value in config.items() if key not in overrides})
    folder = folder_of(launch["model"])
    if folder is None:
        return {"read": read}
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
    from llamafactory.model import load_tokenizer

    model_args, data_args, training_args, _, _ = parts
    data_args.preprocessing_num_workers = 1
    data_args.overwrite_cache = True
    module = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(module["tokenizer"], data_args)
    dataset = get_dataset(template, model_args, data_args, training_args, stage="sft", **module)["train_dataset"]
    count(len(dataset), stage)
    first = dataset[0]
    tokenizer = module["tokenizer"]
    learned = tokenizer.decode([token for token in first["labels"] if token >= 0])
    return {"read": read, "first": {"tokens": len(first["input_ids"]), "learned": learned, "videos": plain(first["videos"]), "images": plain(first["images"])}}


# verl ----------------------------------------------------------------------------------------------------------------


def verl_chains(config, stage, tokenizer, processor):
    if absent("qwen_vl_utils"):
        note("qwen_vl_utils is not installed: the chains were not loaded")
        return {}
    from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset

    dataset = MultiTurnSFTDataset(list(config.data.train_files), tokenizer, config.data, processor)
    count(len(dataset), stage)
    row = dataset[0]
    learned = row["input_ids"][row["loss_mask"].bool()]
    return {"tokens": len(row["input_ids"]), "learned": tokenizer.decode(learned)}


def verl(name, stage, launch):
    import hydra
    from omegaconf import OmegaConf

    with hydra.initialize_config_module("verl.trainer.config", version_base=None):
        known = hydra.compose(config_name="ppo_trainer" if name == "grpo" else "sft_trainer_engine")
    model = "actor_rollout_ref.model.path" if name == "grpo" else "model.path"
    with hydra.initialize_config_dir(config_dir=HERE, version_base=None):
        config = hydra.compose(config_name=name, overrides=[f"{model}={launch['model']}"])
    wanted = config_of(stage)
    read = {}

    def compare(node, prefix):
        for key, value in node.items():
            if isinstance(value, dict):
                compare(value, f"{prefix}{key}.")
            else:
                # Composing takes whatever the file says, so a key that verl does not know would have no effect.
                parent = OmegaConf.select(known, prefix[:-1]) if prefix else known
                if parent is None or key not in list(parent.keys()):
                    raise AssertionError(f"verl knows no {prefix}{key}")
                found = OmegaConf.select(config, prefix + key)
                read[prefix + key] = plain(OmegaConf.to_container(found) if OmegaConf.is_config(found) else found)
                got = read[prefix + key]
                if got != value:
                    raise AssertionError(f"{prefix}{key} is {value!r} in the file, and {got!r} after composing")

    compare({key: value for key, value in wanted.items() if key not in ("defaults", "hydra")}, "")
    if name == "grpo":
        from verl.utils.config import validate_config

        validate_config(config, use_reference_policy=True, use_critic=False)
    folder = folder_of(launch["model"])
    if folder is None:
        return {"read": read}
    from verl.utils import hf_processor, hf_tokenizer
    from verl.utils.dataset.rl_dataset import RLHFDataset

    tokenizer, processor = hf_tokenizer(folder), hf_processor(folder)
    if name == "sft":
        return {"read": read, "first": verl_chains(config, stage, tokenizer, processor)}
    dataset = RLHFDataset(list(config.data.train_files), tokenizer, config.data, processor)
    count(len(dataset), stage)
    rows = [dataset[0], dataset[len(dataset) - 1]]
    out = [{"raw_prompt": plain(row["raw_prompt"]), "reward_model": plain(row["reward_model"])} for row in rows]
    if absent("qwen_vl_utils"):
        note("qwen_vl_utils is not installed: no video was decoded")
        return {"read": read, "first": out}
    for row, told in zip(rows, out):
        images, videos, _ = RLHFDataset._process_multi_modal_info(row["raw_prompt"], 14, config.data)
        told["video"] = list(videos[0][0].shape) if videos else None
        told["image"] = list(images[0].size) if images else None
    return {"read": read, "first": out}


# EasyR1 --------------------------------------------------------------------------------------------------------------


def easyr1(name, stage, launch):
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


# OpenRLHF ------------------------------------------------------------------------------------------------------------


def openrlhf(name, stage, launch):
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


CHECKS = {"ms-swift": ms_swift, "trl": trl, "llama-factory": llama_factory, "verl": verl, "easyr1": easyr1, "openrlhf": openrlhf}


def main():
    with open(os.path.join(HERE, "launch.json"), encoding="utf-8") as file:
        launch = json.load(file)
    if not (os.path.exists(launch["at"]) and os.path.samefile(launch["at"], HERE)):
        print(f"failed: this folder was written for {launch['at']}, but it is {HERE}: export again with --at {HERE}")
        return 1
    launch["model"] = os.environ.get("MODEL", launch["model"])
    results = {}
    for name, stage in launch["stages"].items():
        try:
            with contextlib.redirect_stdout(sys.stderr):
                results[name] = CHECKS[launch["engine"]](name, stage, launch)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            print(f"failed: {name}: {type(error).__name__}: {error}")
            return 1
        loaded = f"{stage['rows']} rows loaded" if "first" in results[name] else "data not loaded"
        print(f"ok: {name}: {launch['engine']} parses {stage['config']}; {loaded}")
    for text in notes:
        print(f"note: {text}")
    print("RESULT " + json.dumps(results))
    return 0


sys.exit(main())
