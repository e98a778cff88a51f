"""Positions of the conversations of awkward.json by transformers 5.x, which no longer casts seconds to integers, but lets text go on after the longer side
of a video, whatever its time. Run after awkward.py, in an environment of its own:

    pip install torch==2.10.0 transformers==5.24.0 && python rope5.py

Writes fixtures/rope5.json: sha256 per conversation, in the order of awkward.json.
"""

import hashlib
import json
import os
import types

import numpy as np
import torch
import transformers
from conversations import expand
from transformers import AutoConfig
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as modeling

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")


def main():
    config = AutoConfig.from_pretrained(os.path.join(FIXTURES, "qwen2_5_vl"))
    model = types.SimpleNamespace(config=config)
    model.get_vision_position_ids = types.MethodType(modeling.Qwen2_5_VLModel.get_vision_position_ids, model)
    with open(os.path.join(FIXTURES, "awkward.json"), encoding="utf-8") as file:
        singles = [row["batch"][0] for row in json.load(file)["rope"] if len(row["batch"]) == 1]
    rows = []
    for segments in singles:
        ids, images, videos, seconds = expand(segments, config)
        ids = torch.tensor([ids])
        kinds = (ids == config.image_token_id).int() + 2 * (ids == config.video_token_id).int()
        positions, deltas = modeling.Qwen2_5_VLModel.get_rope_index(
            model, ids, kinds, torch.tensor(images) if images else None, torch.tensor(videos) if videos else None,
            torch.tensor(seconds) if seconds else None)
        digest = hashlib.sha256(np.asarray(positions.flatten().tolist(), dtype="<i4").tobytes()).hexdigest()
        rows.append(dict(segments=segments, sha256=digest, rope_deltas=deltas.flatten().tolist()))
    with open(os.path.join(FIXTURES, "rope5.json"), "w", encoding="utf-8") as file:
        json.dump(dict(versions=dict(torch=torch.__version__.split("+")[0], transformers=transformers.__version__), rope=rows), file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
