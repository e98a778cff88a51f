"""videorft's rewards in EasyR1: worker.reward.reward_function=videorft_rewards.py:compute_score. README.md beside this file says how."""

import http.client
import json
import os
import time
import urllib.error
import urllib.request

REWARD_NAME = "videorft"
REWARD_TYPE = "batch"

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


def score(samples, texts, lengths):
    """One {total, format, accuracy, semantic, …} or {"error": …} per completion. Completions of equal samples are one group."""
    groups, places = {}, []
    for sample, text, length in zip(samples, texts, lengths):
        group = groups.setdefault(json.dumps(sample, sort_keys=True), {"sample": sample, "completions": []})
        group["completions"].append({"text": text, **({} if length is None else {"tokens": length})})
        places.append((group, len(group["completions"]) - 1))
    answers = post("/v1/rewards", {"groups": list(groups.values())})["groups"]
    of = {id(group): answer for group, answer in zip(groups.values(), answers)}
    return [of[id(g)]["scores"][i] if "scores" in of[id(g)] else of[id(g)] for g, i in places]


def compute_score(reward_inputs):
    """Rewards of a batch. EasyR1 has no place for a missing reward, so a sample that cannot be scored ends the run with its reason."""
    samples = [json.loads(one["ground_truth"]) for one in reward_inputs]
    scores = score(samples, [one["response"] for one in reward_inputs], [int(one["response_length"]) for one in reward_inputs])
    for result in scores:
        if "error" in result:
            raise RuntimeError(f"videorft: {result['error']['message']}")
    parts = ("format", "accuracy", "semantic")
    return [{"overall": s["total"], **{part: s[part] for part in parts if s[part] is not None}} for s in scores]
