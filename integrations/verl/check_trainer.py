"""verl: hydra's composing with verl's own defaults, validate_config, and the data sets of both trainers. Part of check.py, beside it in a launch folder."""

from check_tools import HERE, absent, config_of, count, folder_of, note, plain


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


def check(name, stage, launch):
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
