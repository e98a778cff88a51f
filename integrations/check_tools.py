"""What the checks of launch folders share: notes, settings compared with what a parser made of them, stand-ins for what is not installed."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
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
