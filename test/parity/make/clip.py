"""Golden fixture of CLIPModel at toy size, with a tokenizer of CLIP's construction: weights, texts and pictures in, embeddings out.

    pip install -r requirements.txt && python clip.py

Writes fixtures/clip/: config.json and weights as save_pretrained writes them (f16), plus the two position tables of integers that published
checkpoints carry; tokenizer.json; preprocessor_config.json; golden values from CLIPTokenizerFast, CLIPImageProcessor (Pillow) and CLIPModel in
eager f32; and mutants, the embeddings of mistakes that an implementation could make. Left out: the contrastive loss.
"""

import copy
import os
import random

import torch
from common import path, picture, scale_weights, write_json, write_tensors
from PIL import Image
from safetensors.torch import load_file, save_file
from strings import AWKWARD, SENTENCES, learn_merges
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
SIDE, PATCH, LENGTH = 56, 14, 20
SIZES = [(56, 56), (45, 80), (97, 61), (23, 30), (200, 57), (57, 201), (59, 58)]
MARGIN = 2e-5  # least cosine distance of a mutant; the bar for ours is 1e-5, and its noise 1e-12


def make_tokenizer():
    """Byte-level BPE over lower-cased words that end in </w>; the two control tokens have the largest ids."""
    end = "</w>"
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
    splitter = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [word for text in SENTENCES * 3 + AWKWARD for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))]
    merges = learn_merges([[*word[:-1], word[-1] + end] for word in words], 600)
    tokens = list(dict.fromkeys([*alphabet, *(c + end for c in alphabet), *("".join(m) for m in merges)]))
    vocab = {token: i for i, token in enumerate([*tokens, BOS, EOS])}
    full = Tokenizer(models.BPE(vocab=vocab, merges=merges, end_of_word_suffix=end, continuing_subword_prefix="", unk_token=EOS,
                                fuse_unk=False))
    full.normalizer, full.pre_tokenizer, full.decoder = normalizer, splitter, decoders.ByteLevel()
    full.add_special_tokens([AddedToken(BOS, special=True, normalized=True), AddedToken(EOS, special=True, normalized=False)])
    full.post_processor = processors.RobertaProcessing(
        sep=(EOS, vocab[EOS]), cls=(BOS, vocab[BOS]), add_prefix_space=False, trim_offsets=False)
    return CLIPTokenizerFast(tokenizer_object=full, model_max_length=LENGTH)


def make_model(tokenizer):
    # head sizes differ between the towers, and neither width is the projection's
    config = CLIPConfig(
        text_config=dict(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=4,
                         max_position_embeddings=LENGTH, projection_dim=24, bos_token_id=tokenizer.bos_token_id,
                         eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id),
        vision_config=dict(hidden_size=40, intermediate_size=60, num_hidden_layers=2, num_attention_heads=2, image_size=SIDE,
                           patch_size=PATCH, projection_dim=24),
        projection_dim=24, attn_implementation="eager")
    model = CLIPModel(config).eval()
    scale_weights(model, 23, [("q_proj.weight", 1.6), ("k_proj.weight", 1.6), ("patch_embedding", 1.5), ("position_embedding", 0.7),
                              ("fc1.weight", 1.5)])
    with torch.no_grad():
        model.vision_model.embeddings.class_embedding.normal_(generator=torch.Generator().manual_seed(1))
        for p in model.parameters():
            p.copy_(p.half().float())  # stored in f16, to the bit
    return model


def embed(model, ids, pixels):
    unit = lambda x: x / x.norm(dim=-1, keepdim=True)
    with torch.no_grad():
        return unit(model.get_text_features(input_ids=ids)), unit(model.get_image_features(pixel_values=pixels))


def distance(a, b):
    return (1 - torch.nn.functional.cosine_similarity(a.double(), b.double(), dim=-1)).abs()


def mutants(model, tokenizer, texts, ids, pictures, pixels):
    """Embeddings of mistakes; those of texts change every text, those of pictures every picture that is not already a square of its size."""
    found = {}
    gelu = copy.deepcopy(model)
    for tower in (gelu.text_model, gelu.vision_model):
        for layer in tower.encoder.layers:
            layer.mlp.activation_fn = torch.nn.GELU()
    found["gelu_for_quick_gelu"] = embed(gelu, ids, pixels)
    seeing = copy.deepcopy(model)
    for layer in seeing.text_model.encoder.layers:
        original = layer.forward
        layer.forward = lambda h, mask, causal, output_attentions=False, f=original: f(h, None, torch.zeros_like(causal), output_attentions)
    found["text_not_causal"] = (embed(seeing, ids, pixels)[0], None)
    last = copy.deepcopy(model)
    last.text_model.eos_token_id = -1  # equal to no token: argmax gives the first place
    found["text_pooled_at_start"] = (embed(last, ids, pixels)[0], None)
    unnormed = copy.deepcopy(model)
    unnormed.vision_model.pre_layrnorm = torch.nn.Identity()
    found["pre_layrnorm_left_out"] = (None, embed(unnormed, ids, pixels)[1])
    mean = copy.deepcopy(model)
    mean.vision_model.encoder.register_forward_hook(
        lambda m, i, o: type(o)(last_hidden_state=o.last_hidden_state.mean(1, keepdim=True).expand_as(o.last_hidden_state)))
    found["patches_averaged"] = (None, embed(mean, ids, pixels)[1])
    moved = copy.deepcopy(model)
    with torch.no_grad():
        table = moved.vision_model.embeddings.position_embedding.weight
        table.copy_(torch.cat([table[1:], table[:1]]))
    found["class_token_last_in_positions"] = (None, embed(moved, ids, pixels)[1])
    plain = torch.tensor([tokenizer(t, padding="max_length", truncation=True, max_length=LENGTH, add_special_tokens=False)["input_ids"]
                          for t in texts])
    found["no_start_token"] = (embed(model, plain, pixels)[0], None)
    process = CLIPImageProcessor(size={"height": SIDE, "width": SIDE}, do_center_crop=False)
    squashed = process([Image.fromarray(p) for p in pictures], return_tensors="pt")["pixel_values"]
    found["squashed_for_cropped"] = (None, embed(model, ids, squashed)[1])
    bilinear = CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size=SIDE, resample=2)
    found["bilinear"] = (None, embed(model, ids, bilinear([Image.fromarray(p) for p in pictures], return_tensors="pt")["pixel_values"])[1])
    return found


def write_folder(model, tokenizer):
    folder = os.path.dirname(path("clip", "x"))
    model.half().save_pretrained(folder)
    file = path("clip", "model.safetensors")
    tensors = load_file(file)
    tensors["text_model.embeddings.position_ids"] = torch.arange(LENGTH)[None]
    tensors["vision_model.embeddings.position_ids"] = torch.arange((SIDE // PATCH) ** 2 + 1)[None]
    save_file(tensors, file, {"format": "pt"})
    os.chmod(file, 0o644)
    tokenizer.save_pretrained(folder)
    for name in os.listdir(folder):
        if name in ("special_tokens_map.json", "vocab.json", "merges.txt", "generation_config.json"):
            os.remove(os.path.join(folder, name))
    processor = CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    processor.save_pretrained(folder)
    return processor


def main():
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    texts = ["A red circle moves left.", "", "a", "A  RED   circle\tmoves\nleft ", "Grüße 数える 👩‍👩‍👧 don't 42", "word " * 40,
             "the green square hits the blue triangle; it stops at once", "ends in <b>"]
    rand = random.Random(2)
    ids = torch.tensor([tokenizer(t, padding="max_length", truncation=True, max_length=LENGTH)["input_ids"] for t in texts])
    pictures = [picture(*size, rand.randrange(1000)) for size in SIZES]
    processor = CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    pixels = processor([Image.fromarray(p) for p in pictures], return_tensors="pt")["pixel_values"]
    text, image = embed(model, ids, pixels)
    # Configs from before 4.32 have eos_token_id 2 and pool at the largest id.
    legacy = copy.deepcopy(model)
    legacy.text_model.eos_token_id = 2
    assert torch.equal(embed(legacy, ids, pixels)[0], text)
    torch.set_default_dtype(torch.float64)  # the causal mask takes this type
    exact = embed(copy.deepcopy(model).double(), ids, pixels.double())
    torch.set_default_dtype(torch.float32)
    noise = max(distance(text, exact[0]).max().item(), distance(image, exact[1]).max().item())
    wrong, least = {}, {}
    for name, (t, i) in mutants(model, tokenizer, texts, ids, pictures, pixels).items():
        far = []
        if t is not None:
            wrong[f"{name}.text_embeds"] = t
            far.append(distance(t, text).max().item())
        if i is not None:
            wrong[f"{name}.image_embeds"] = i
            far.append(distance(i, image).max().item())
        least[name] = min(far)
    print("noise", noise, "mutants", least)
    assert noise < 1e-7 and min(least.values()) > MARGIN
    encode = lambda t: tokenizer(t, split_special_tokens=True)["input_ids"]
    encodings = [dict(text=t, plain=encode(t), control=tokenizer(t)["input_ids"]) for t in AWKWARD]
    write_folder(model, tokenizer)
    u8 = [torch.from_numpy(p) for p in pictures]
    write_tensors(dict(input_ids=ids.int(), text_embeds=text, image_embeds=image, pixel_values=pixels,
                       **{f"picture.{i}": p for i, p in enumerate(u8)}, **wrong), "clip", "golden.safetensors")
    write_json(dict(texts=texts, sizes=SIZES, mutants=least, noise=noise, encodings=encodings), "clip", "golden.json")


if __name__ == "__main__":
    main()
