"""videorft's rewards in TRL: GRPOTrainer(reward_funcs=[videorft_reward], …). README.md beside this file says how."""

import http.client
import json
import os
import sys
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


FIELDS = ("problem_id", "problem_type", "data_type", "options", "solution", "path")


def samples_of(columns, count):
    """Each completion's sample, from the columns of the data set; without `path`, its first video or picture."""
    out = []
    for i in range(count):
        sample = {k: columns[k][i] for k in FIELDS if k in columns and columns[k][i] is not None}
        for kind in ("video", "image"):
            media = columns[kind + "s"][i] if columns.get(kind + "s") else None
            if media and "path" not in sample:
                first = media[0]
                sample["path"] = first if isinstance(first, str) else first["path"]
                sample.setdefault("data_type", kind)
        out.append(sample)
    return out


seen, bad = set(), {}


def rewards_of(samples, scores):
    """Totals; None for a sample that cannot be scored, which is told once. Past a tenth of 20 samples or more the run stops."""
    for sample, score in zip(samples, scores):
        name = json.dumps(sample, sort_keys=True)
        seen.add(name)
        if "error" in score and name not in bad:
            bad[name] = score["error"]
            print(f"videorft: a sample is left out: {score['error']['message']}", file=sys.stderr)
    if len(seen) >= 20 and len(bad) > len(seen) / 10:
        last = list(bad.values())[-1]["message"]
        raise RuntimeError(f"videorft: {len(bad)} of {len(seen)} samples could not be scored; the last: {last}")
    return [None if "error" in score else score["total"] for score in scores]


def text_of(completion):
    """A text, or the text of the messages that the model wrote."""
    if isinstance(completion, str):
        return completion
    contents = [message["content"] for message in completion]
    return "".join(c if isinstance(c, str) else "".join(p.get("text", "") for p in c) for c in contents)


def videorft_reward(completions, completion_ids=None, log_metric=None, **columns):
    samples = samples_of(columns, len(completions))
    lengths = [None] * len(completions) if completion_ids is None else [len(ids) for ids in completion_ids]
    scores = score(samples, [text_of(completion) for completion in completions], lengths)
    rewards = rewards_of(samples, scores)
    for part in ("format", "accuracy", "semantic"):
        values = [s[part] for s in scores if s.get(part) is not None]
        if log_metric and values:
            log_metric(f"videorft/{part}", sum(values) / len(values))
    return rewards
