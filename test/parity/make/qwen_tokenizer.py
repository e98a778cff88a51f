"""Golden ids of awkward strings, and chats, under a tokenizer of Qwen2.5-VL's construction: NFC, its pre-tokenizer, byte-level BPE of 1,500 merges
over many scripts, and all of its 22 added tokens, of which 14 are control tokens and 8 are not.

    pip install -r requirements.txt && python qwen_tokenizer.py

Run after from_ts.ts, whose chat template it takes. Writes fixtures/qwen_tokenizer/: tokenizer.json, tokenizer_config.json, golden.json.
`plain` are the ids where control tokens in the text stay text (encode_special_tokens of tokenizers), `control` those where they do not, which is what
transformers gives by default; it is left out where it is the same.
"""

import json
import os
import random

from common import path, write_json
from strings import AWKWARD, GROUPS, SENTENCES, learn_merges
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer

SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>",
           "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
ORDINARY = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"]


def make_tokenizer():
    normalizer = normalizers.NFC()
    splitter = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
                                        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    words = [word for text in SENTENCES * 3 + AWKWARD for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = learn_merges([word[:60] for word in words], 1500)
    vocab = {token: i for i, token in enumerate([*alphabet, *dict.fromkeys("".join(m) for m in merges)])}
    full = Tokenizer(models.BPE(vocab=vocab, merges=merges, continuing_subword_prefix="", end_of_word_suffix="", fuse_unk=False))
    byte_level = dict(add_prefix_space=False, trim_offsets=False, use_regex=False)
    full.normalizer, full.pre_tokenizer = normalizer, splitter
    full.post_processor, full.decoder = processors.ByteLevel(**byte_level), decoders.ByteLevel()
    full.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in CONTROL])
    full.add_tokens([AddedToken(t, special=False, normalized=False) for t in ORDINARY])
    return full


def write_folder(full):
    full.save(path("qwen_tokenizer", "tokenizer.json"))
    with open(path("tokenizer", "chat_template.json"), encoding="utf-8") as file:
        template = json.load(file)["chat_template"]
    special = {t: full.token_to_id(t) for t in CONTROL + ORDINARY}
    config = dict(
        add_bos_token=False, add_prefix_space=False, additional_special_tokens=CONTROL[1:], bos_token=None, chat_template=template,
        clean_up_tokenization_spaces=False, eos_token="<|im_end|>", errors="replace", model_max_length=131072, pad_token="<|endoftext|>",
        split_special_tokens=False, tokenizer_class="Qwen2Tokenizer", unk_token=None,
        added_tokens_decoder={i: dict(content=t, lstrip=False, normalized=False, rstrip=False, single_word=False, special=t in CONTROL)
                              for t, i in special.items()})
    with open(path("qwen_tokenizer", "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, ensure_ascii=False, indent=1)
    return AutoTokenizer.from_pretrained(os.path.dirname(path("qwen_tokenizer", "x")))


def conversations():
    text = lambda words: dict(type="text", text=words)
    image, video = dict(type="image"), dict(type="video")
    turn = lambda role, *content: dict(role=role, content=content[0] if len(content) == 1 and isinstance(content[0], str) else list(content))
    return [
        [turn("user", "Hi.")],
        [turn("system", "Be brief."), turn("user", "Hi.")],
        [turn("system", ""), turn("user", "")],
        [turn("system", text("In "), text("parts.")), turn("user", text(""), text(""))],
        [turn("user")],
        [turn("assistant", "I speak first."), turn("user", "And I second.")],
        [turn("user", "a"), turn("assistant", "b"), turn("user", "c"), turn("assistant", "d"), turn("user", "e")],
        [turn("user", "a"), turn("system", "late"), turn("user", "b")],
        [turn("user", "a"), turn("user", "b"), turn("assistant", "c"), turn("assistant", "d")],
        [turn("user", image, text("a"), video, text("b"), image, video, image), turn("assistant", text("c")), turn("user", video, image, text("d"))],
        [turn("system", image, text("x")), turn("user", video)],
        [turn("user", video, video, video, text(" \n "))],
        [turn("user", dict(type="image", image="file:///a.png"), dict(type="video", video="b.mp4", fps=2.0), text("c"))],
        [turn("user", dict(type="image_url", image_url=dict(url="data:image/png;base64,AA==")), text("d"))],
        [turn("user", dict(image="a.png"), dict(video=["1.jpg", "2.jpg"]), dict(text="no type"))],
        [turn("user", dict(type="audio", audio="x.wav"), text("skipped before"))],
        [turn("user", text("{{ messages }} {% if x %} {# y #} {{ '<' }}")), turn("assistant", "{%- raw %}")],
        [turn("user", text("  leading and trailing \n\n")), turn("assistant", "\n\n\t")],
        [turn("tool", "result"), turn("user", "roles are copied")],
        [turn("user", text("é e\u0301 👩‍👩‍👧 数 \u2028 \u00a0"))],
    ]


def chat_ids(encode, id_of, text):
    """What the model should see of a user's text: control tokens from the template alone."""
    start, end = id_of("<|im_start|>"), id_of("<|im_end|>")
    turn = lambda words: [start, *encode(words), end, *encode("\n")]
    return turn("system\nYou are a helpful assistant.") + turn("user\n" + text) + [start, *encode("assistant\n")]


def main():
    full = make_tokenizer()
    tokenizer = write_folder(full)
    plain = lambda text: tokenizer(text, split_special_tokens=True)["input_ids"]
    encodings, chats = [], []
    for text in AWKWARD:
        row = dict(text=text, plain=plain(text), control=tokenizer(text)["input_ids"])
        if row["plain"] == row["control"]:
            del row["control"]
        encodings.append(row)
        rendered = tokenizer.apply_chat_template([dict(role="user", content=text)], tokenize=False, add_generation_prompt=True)
        assert rendered == ("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n")
        ids = chat_ids(plain, tokenizer.convert_tokens_to_ids, text)
        assert "control" in row or tokenizer(rendered)["input_ids"] == ids
        chats.append(ids)
    rng = random.Random(6)
    rows = [[rng.randrange(len(tokenizer)) for _ in range(n)] for n in (1, 1, 2, 3, 5, 8, 13, 40, 100) for _ in range(4)]
    decodings = [dict(ids=r, text=tokenizer.decode(r), visible=tokenizer.decode(r, skip_special_tokens=True)) for r in rows]
    rendered = [dict(messages=m, addGenerationPrompt=g, addVisionId=v,
                     text=tokenizer.apply_chat_template(m, tokenize=False, add_generation_prompt=g, add_vision_id=v))
                for m in conversations() for g in (True, False) for v in (False, True)]
    print(len(encodings), "strings,", sum("control" in e for e in encodings), "with control tokens,", len(tokenizer), "tokens,", len(rendered), "renderings")
    write_json(dict(groups={name: len(texts) for name, texts in GROUPS.items()}, encodings=encodings, chats=chats, decodings=decodings,
                    rendered=rendered), "qwen_tokenizer", "golden.json")


if __name__ == "__main__":
    main()
