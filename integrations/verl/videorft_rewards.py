"""videorft's rewards in verl: reward.custom_reward_function.path=videorft_rewards.py. README.md beside this file says how."""

import http.client
import json
import os
import time
import urllib.error
import urllib.request

URL = os.environ.get("VIDEORFT_REWARDS_URL", "http://127.0.0.1:8001")
TOKEN = os.environ.get("VIDEORFT_REWARDS_TOKEN")
SECONDS = float(os.environ.get("VIDEORFT_REWARDS_SECONDS", "180"))


def post(route, body):
    """The server's answer. While it is full or starts anew it is asked again; what it refuses is an error in its words."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {TOKEN}"} if TOKEN else {})}
    request = urllib.request.Request(URL + route, json.dumps(body).encode(), headers)
    until = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            reason = error.read().decode(errors="replace")
            wait = float(error.headers.get("Retry-After") or 1)
            if error.code not in (429, 503) or time.monotonic() + wait > until:
                raise RuntimeError(f"the reward server answered {error.code}: {reason}") from None
        except (OSError, http.client.HTTPException) as error:  # no connection, or a broken one
            wait = 1.0
            if time.monotonic() + wait > until:
                raise RuntimeError(f"no reward server at {URL}: {error}") from None
        time.sleep(wait)


FIELDS = ("problem_id", "problem_type", "data_type", "options", "solution", "path")


def sample_of(ground_truth, extra_info):
    """The sample in the ground truth (JSON text or a dict), or the ground truth as the solution of the one in extra_info."""
    if isinstance(ground_truth, dict):
        return ground_truth
    if ground_truth.lstrip().startswith("{"):
        return json.loads(ground_truth)
    known = {k: extra_info[k] for k in FIELDS if (extra_info or {}).get(k) is not None}
    return {**known, "solution": ground_truth}


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **_):
    """The reward of one completion. verl has no place for a missing one, so a sample that cannot be scored ends the run with its reason."""
    score = post("/rm?parts=1", {"response": solution_str, "label": sample_of(ground_truth, extra_info)})
    parts = ("format", "accuracy", "semantic")
    return {"score": score["total"], **{part: score[part] for part in parts if score[part] is not None}}
