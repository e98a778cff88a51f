"""verl's own loading of the reward function, and its call as verl's naive reward manager makes it. Arguments: the integration's file, cases (JSON). Prints RESULT."""

import json
import sys

from omegaconf import OmegaConf
from verl.trainer.ppo.reward import get_custom_reward_fn

file, cases = sys.argv[1:]
settings = {"path": file, "name": "compute_score", "reward_kwargs": {}}
compute_score = get_custom_reward_fn(OmegaConf.create({"custom_reward_function": settings, "reward": {"custom_reward_function": settings}}))
results = []
for case in json.loads(cases):
    try:
        results.append(compute_score(data_source="videorft", **case))
    except RuntimeError as error:
        results.append({"error": str(error)})
print("RESULT " + json.dumps(results))
