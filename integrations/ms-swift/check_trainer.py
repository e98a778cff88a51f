"""ms-swift: its own reading of the YAML file, SftArguments and RLHFArguments, and its load_dataset. Part of check.py, beside it in a launch folder."""

import os

from check_tools import HERE, absent, config_of, count, cpu_overrides, note, plain, read_back, without


def check(name, stage, launch):
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
