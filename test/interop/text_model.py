"""The language half of the shipped micro model as a Qwen2 folder: small enough for a CPU, and it writes think and answer blocks. Arguments: the model's folder, the new one, a data set."""

import json
import os
import shutil
import sys

import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

source, target, data = sys.argv[1:]
with open(os.path.join(source, "config.json")) as file:
    whole = json.load(file)
sizes = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
rest = ("max_position_embeddings", "rms_norm_eps", "rope_theta", "tie_word_embeddings", "eos_token_id", "pad_token_id")
model = Qwen2ForCausalLM(Qwen2Config(**{key: whole[key] for key in (*sizes, *rest)}))
tensors = load_file(os.path.join(source, "model.safetensors"))
found = {key: value.float() for key, value in tensors.items() if not key.startswith("visual")}
missing, unexpected = model.load_state_dict(found, strict=False)
assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
os.makedirs(target, exist_ok=True)
for name in ("tokenizer.json", "tokenizer_config.json"):
    shutil.copy(os.path.join(source, name), target)
with open(os.path.join(source, "chat_template.json")) as file, open(os.path.join(target, "chat_template.jinja"), "w") as out:
    out.write(json.load(file)["chat_template"])

# A few steps on right answers, so that its completions have the form that is rewarded, and differ.
tokenizer = AutoTokenizer.from_pretrained(target)
with open(data) as file:
    rows = [json.loads(line) for line in file]
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)


def encoded(row):
    asked = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)
    prompt, answer = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (asked, row["target"] + "<|im_end|>"))
    return torch.tensor(prompt + answer), torch.tensor([-100] * len(prompt) + answer)


for step in range(40):
    ids, labels = zip(*(encoded(rows[(8 * step + i) % len(rows)]) for i in range(8)))
    pad = torch.nn.utils.rnn.pad_sequence
    model(input_ids=pad(ids, batch_first=True), labels=pad(labels, batch_first=True, padding_value=-100)).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
model.save_pretrained(target)
