"""EasyR1's own reward manager with our file. Arguments: EasyR1's folder, the integration's file, a tokenizer's folder, cases (JSON). Prints RESULT."""

import json
import sys

import numpy as np
import torch
from transformers import AutoTokenizer

root, file, folder, cases = sys.argv[1:]
sys.path.insert(0, root)
from verl.protocol import DataProto  # noqa: E402
from verl.workers.reward.config import RewardConfig  # noqa: E402
from verl.workers.reward.function import AutoRewardManager  # noqa: E402

tokenizer = AutoTokenizer.from_pretrained(folder)
config = RewardConfig(reward_function=f"{file}:compute_score", skip_special_tokens=False)
config.post_init()
cases = json.loads(cases)
ids = [tokenizer(case["response"], add_special_tokens=False)["input_ids"] for case in cases]
length = max(map(len, ids))
responses = torch.tensor([row + [0] * (length - len(row)) for row in ids])
mask = torch.tensor([[1] * len(row) + [0] * (length - len(row)) for row in ids])
truths = np.array([case["ground_truth"] for case in cases], dtype=object)
data = DataProto.from_single_dict({"responses": responses, "response_mask": mask, "ground_truth": truths})
rewards, metrics = AutoRewardManager(config, tokenizer).compute_reward(data)
print("RESULT " + json.dumps({"rewards": rewards.sum(-1).tolist(), "metrics": metrics}))
