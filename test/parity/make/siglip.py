"""Golden fixture of SiglipModel at toy size: weights, inputs, embeddings, sigmoid loss and its gradients, batch of 3.

Eager attention, f32, image 56 with patch 14 (16 patches), text 16 positions, padded with token 1 as SigLIP does (no mask).
Writes fixtures/siglip/. Left out: training; the loss is transformers' return_loss=True.
"""

import copy

import torch
from common import path, scale_weights, smooth_frames, write_json, write_tensors
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel

PAD = 1


def make_model():
    tower = dict(hidden_size=32, intermediate_size=56, num_hidden_layers=2, num_attention_heads=2, layer_norm_eps=1e-6,
                 hidden_act="gelu_pytorch_tanh", attention_dropout=0.0)
    config = SiglipConfig(
        text_config=dict(**tower, vocab_size=320, max_position_embeddings=16, projection_size=32, pad_token_id=PAD,
                         bos_token_id=318, eos_token_id=319),
        vision_config=dict(**tower, image_size=56, patch_size=14, num_channels=3), attn_implementation="eager")
    model = SiglipModel(config).float().eval()
    scale_weights(model, 11, [("q_proj.weight", 1.6), ("k_proj.weight", 1.6), ("in_proj_weight", 1.4), ("patch_embedding", 1.5),
                              ("position_embedding", 0.7)])
    with torch.no_grad():
        model.logit_scale.fill_(1.5)
        model.logit_bias.fill_(-1.0)
    return model


def main():
    model = make_model()
    frames = smooth_frames(3, 56, 56, 5)
    pixels = SiglipImageProcessor(do_resize=False)(images=list(frames), return_tensors="pt")["pixel_values"]
    rand = torch.Generator().manual_seed(9)
    rows = [torch.randint(2, 300, (n,), generator=rand).tolist() for n in (5, 16, 9)]
    ids = torch.tensor([r + [PAD] * (16 - len(r)) for r in rows])
    out = model(input_ids=ids, pixel_values=pixels, return_loss=True)
    out.loss.backward()
    gradients = {n: p.grad for n, p in model.named_parameters()}
    assert all(g is not None and g.abs().max() > 0 for g in gradients.values())

    # Tower outputs before the L2 norm and what each layer gives on the way.
    layers = {}
    for tower in ("text", "vision"):
        for n, layer in enumerate(getattr(model, f"{tower}_model").encoder.layers):
            layer.register_forward_hook(
                lambda m, i, o, k=f"{tower}_layer.{n}": layers.update({k: o}) if k not in layers else None)
    with torch.no_grad():
        text = model.text_model(input_ids=ids)
        vision = model.vision_model(pixel_values=pixels)
        exact = copy.deepcopy(model).double()(input_ids=ids, pixel_values=pixels.double(), return_loss=True)
    noise = (exact.logits_per_text.float() - out.logits_per_text).abs().max().item()

    model.save_pretrained(path("siglip"), safe_serialization=True)
    write_tensors(gradients, "siglip", "gradients.safetensors")
    tensors = dict(
        input_ids=ids.to(torch.int32), frames=torch.from_numpy(frames), pixel_values=pixels, text_embeds=out.text_embeds,
        image_embeds=out.image_embeds, logits_per_text=out.logits_per_text, loss=out.loss.reshape(1),
        text_pooled=text.pooler_output, image_pooled=vision.pooler_output, text_last_hidden_state=text.last_hidden_state,
        image_last_hidden_state=vision.last_hidden_state,
        **layers,
    )
    write_tensors(tensors, "siglip", "golden.safetensors")
    print("logits", out.logits_per_text.tolist(), "loss", out.loss.item(), "noise", noise)
    write_json(dict(loss=out.loss.item(), logits_per_text=out.logits_per_text.tolist(), f32_noise=noise), "siglip", "golden.json")


if __name__ == "__main__":
    main()
