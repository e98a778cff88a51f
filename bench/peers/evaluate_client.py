"""lmms-eval's OpenAI-compatible client as the peer of `npm run bench -- evaluate`: asks the first questions of the bench's world, as its evaluator does.

Started by the bench: python evaluate_client.py ROOT BASE_URL COUNT IN_FLIGHT. 16 frames a question, as JPEG of quality 90, at the pixels that the 16-frames
protocol gives a frame. Its evaluator, tasks and scoring are left out; a question is one Instance, as its tasks make them.
"""

import json
import os
import sys

os.environ.update(LMMS_IMAGE_ENCODE_FORMAT="JPEG", LMMS_IMAGE_JPEG_QUALITY="90", FORCE_QWENVL_VIDEO_READER="decord")
os.environ.setdefault("OPENAI_API_KEY", "none")

import qwen_vl_utils.vision_process as vision  # noqa: E402
from lmms_eval.api.instance import Instance  # noqa: E402
from lmms_eval.models.chat.openai import OpenAICompatible  # noqa: E402

vision.VIDEO_MIN_TOKEN_NUM = vision.VIDEO_MAX_TOKEN_NUM = 256


def main():
    root, base_url, count, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(os.path.join(root, "questions.jsonl")) as file:
        docs = [json.loads(line) for line in file][:count]
    model = OpenAICompatible(model_version="bench", base_url=base_url, num_concurrent=in_flight, max_frames_num=16, timeout=120)
    model.task_dict = {"bench": {"test": docs}}

    def messages(doc):
        text = "\n".join([doc["problem"], *doc["options"]])
        video = {"type": "video", "url": os.path.join(root, doc["path"])}
        return [{"role": "user", "content": [video, {"type": "text", "text": text}]}]

    kwargs = dict(max_new_tokens=1024, temperature=0.01, top_p=0.001)
    metadata = dict(task="bench", doc_id=0, repeats=1)
    requests = [
        Instance(request_type="generate_until", arguments=("", messages, kwargs, i, "bench", "test"), idx=0, metadata={**metadata, "doc_id": i})
        for i in range(len(docs))
    ]
    answers = model.generate_until(requests)
    right = sum("<answer>A</answer>" in getattr(answer, "text", str(answer)) for answer in answers)
    if right != count:
        sys.exit(f"only {right} of {count} questions were answered")
    print(json.dumps(dict(count=right)))


if __name__ == "__main__":
    main()
