"""A SigLIP folder as published, at toy size: 64 text positions, a Unigram tokenizer made by sentencepiece, pictures of any size.

    pip install -r requirements.txt && python siglip_folder.py

Writes fixtures/siglip_folder/. The truth of the texts is SiglipTokenizer, which runs sentencepiece itself on spiece.model. config.json is saved by 4.57.3; `python siglip_folder.py again` under 5.x saves it as config-5.json.
"""

import io
import os
import sys

import sentencepiece
import torch
import transformers
from common import path, picture, scale_weights, write_json, write_tensors
from PIL import Image
from strings import AWKWARD, SENTENCES
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

FOLDER = os.path.dirname(path("siglip_folder", "x"))
SIDE, LENGTH = 56, 64
SIZES = [(56, 56), (45, 80), (97, 31), (23, 30), (120, 57)]


def train_pieces(file):
    model = io.BytesIO()
    lines = [line for text in SENTENCES * 4 + AWKWARD for line in text.lower().splitlines() if line.strip() and "\0" not in line]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=900, model_type="unigram", character_coverage=0.995, pad_id=0, eos_id=1, unk_id=2,
        bos_id=-1, normalization_rule_name="nmt_nfkc", minloglevel=2, num_threads=1)
    with open(file, "wb") as out:
        out.write(model.getvalue())


def make_model(size):
    tower = dict(hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=2)
    config = SiglipConfig(text_config=dict(**tower, vocab_size=size, max_position_embeddings=LENGTH, projection_size=32),
                          vision_config=dict(**tower, image_size=SIDE, patch_size=14), attn_implementation="eager")
    model = SiglipModel(config).eval()
    scale_weights(model, 12, [("q_proj.weight", 1.6), ("k_proj.weight", 1.6), ("in_proj_weight", 1.4), ("patch_embedding", 1.5), ("position_embedding", 0.7)])
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(p.half().float())
    return model


def main():
    from transformers import SiglipTokenizer

    pieces = path("siglip_folder", "spiece.model")
    train_pieces(pieces)
    slow = SiglipTokenizer(pieces, model_max_length=LENGTH)
    model = make_model(slow.vocab_size)
    texts = ["A red circle moves left.", "", "a", "A  RED   circle\tmoves\nleft ", "Grüße, it's 数える!", "word " * 100, "the green square; it stops."]
    tokenize = lambda t: slow(t, padding="max_length", truncation=True, max_length=LENGTH)["input_ids"]
    ids = torch.tensor([tokenize(t) for t in texts])
    pictures = [picture(*size, i) for i, size in enumerate(SIZES)]
    process = lambda resample: SiglipImageProcessor(size={"height": SIDE, "width": SIDE}, resample=resample)
    pixels = process(3)([Image.fromarray(p) for p in pictures], return_tensors="pt")["pixel_values"]
    bilinear = process(2)([Image.fromarray(p) for p in pictures], return_tensors="pt")["pixel_values"]
    cut = torch.where(ids == 1, 0, ids)  # padded with the pad of T5
    with torch.no_grad():
        out, wrong = model(input_ids=ids, pixel_values=pixels), model(input_ids=cut, pixel_values=bilinear)
    # the long text without its end token
    tail = ids.clone()
    tail[5, -1] = tail[5, -2]
    with torch.no_grad():
        no_end = model(input_ids=tail, pixel_values=pixels).text_embeds[5:6]
    encodings = [dict(text=t, ids=slow(t)["input_ids"]) for t in AWKWARD]
    model.half().save_pretrained(FOLDER)
    process(3).save_pretrained(FOLDER)
    os.chmod(path("siglip_folder", "model.safetensors"), 0o644)
    os.chmod(pieces, 0o644)
    write_tensors(dict(input_ids=ids.int(), pixel_values=pixels, text_embeds=out.text_embeds, image_embeds=out.image_embeds,
                       **{"other_padding.text_embeds": wrong.text_embeds, "bilinear.image_embeds": wrong.image_embeds, "no_end.text_embeds": no_end}),
                  "siglip_folder", "golden.safetensors")
    write_json(dict(texts=texts, sizes=SIZES, encodings=encodings), "siglip_folder", "golden.json")


if sys.argv[1:] == ["again"]:
    config = SiglipConfig.from_pretrained(FOLDER)
    with open(path("siglip_folder", "config-5.json"), "w", encoding="utf-8") as file:
        file.write(config.to_json_string())
    print(transformers.__version__)
else:
    main()
