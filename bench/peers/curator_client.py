"""bespokelabs-curator as the peer of `npm run bench -- curate`: so many plain calls of one stage against the bench's endpoint.

Started by the bench: python curator_client.py SPEC_AS_JSON, with baseURL, model, calls, inFlight, maxTokens, the prompt's text before and after the number
that tells one call from the next, and how many of the calls carry pictures, how many and how large. What could be in its favour is: no schema, no progress
display, limits that are never met, nothing sent beyond the endpoint; imports and construction are not measured. Prints one line of JSON: calls, seconds,
processor seconds of this process and its children. Its cache goes to a temporary folder: with pictures, 0.3 MB a call.
"""

import base64
import importlib.util
import json
import os
import resource
import sys
import tempfile
import time

root = tempfile.TemporaryDirectory(prefix="videorft-bench-")
# HOME: curator writes an identifier for its telemetry there. The cost map and datasets would ask the network.
os.environ.update(HOME=root.name, TELEMETRY_ENABLED="false", CURATOR_DISABLE_RICH_DISPLAY="1")
os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", OPENAI_API_KEY="none")
os.environ.pop("CURATOR_VIEWER", None)
# Its token counter would fetch the vocabulary that litellm, one of its dependencies, has on disk.
litellm = os.path.dirname(importlib.util.find_spec("litellm").origin)
os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(litellm, "litellm_core_utils", "tokenizers")

from bespokelabs import curator  # noqa: E402
from datasets import Dataset  # noqa: E402

NEVER_MET = 10**9
spec = json.loads(sys.argv[1])
jpeg = base64.b64encode((b"videorft" * spec["pictureBytes"])[: spec["pictureBytes"]]).decode()
pictures = [curator.types.Image(content=jpeg, mime_type="image/jpeg") for _ in range(spec["pictures"])]


class Asker(curator.LLM):
    def prompt(self, row):
        text = f"{spec['before']}{row['i']}{spec['after']}"
        is_pictured = row["i"] * spec["pictured"] % spec["calls"] < spec["pictured"]
        return (text, *pictures) if is_pictured else text

    def parse(self, row, response):
        return {"i": row["i"], "answer": response}


def processor_seconds():
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    limits = dict(max_requests_per_minute=NEVER_MET, max_tokens_per_minute=NEVER_MET, max_concurrent_requests=spec["inFlight"])
    params = dict(temperature=0, max_tokens=spec["maxTokens"])
    backend = dict(base_url=spec["baseURL"], **limits)
    asker = Asker(model_name=spec["model"], backend="openai", generation_params=params, backend_params=backend)
    rows = Dataset.from_list([{"i": i} for i in range(spec["calls"])])
    began, cpu = time.perf_counter(), processor_seconds()
    answers = asker(rows, working_dir=root.name).dataset
    seconds, cpu_seconds = time.perf_counter() - began, processor_seconds() - cpu
    answered = {row["i"] for row in answers if row["answer"].startswith("<answer>")}
    if len(answered) != spec["calls"]:
        sys.exit(f"only {len(answered)} of {spec['calls']} calls were answered")
    print(json.dumps(dict(calls=len(answered), seconds=seconds, cpuSeconds=cpu_seconds)))


if __name__ == "__main__":
    main()
