"""LLaMA-Factory: get_train_args, and its get_dataset with the template. Part of check.py, beside it in a launch folder."""

from argparse import Namespace

from check_tools import absent, config_of, count, cpu_overrides, folder_of, note, plain, read_back, without


def check(name, stage, launch):
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
