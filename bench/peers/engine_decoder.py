"""(i): a plain transformer in eager PyTorch, with scaled_dot_product_attention and torch.optim.AdamW. Weight names as in ours."""

import json
import os
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn


def rotate(x, cos, sin):
    """x [B, H, T, D], halves, not pairs; cos and sin [T, D]."""
    a, b = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-b, a), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))
        self.o_proj = nn.Linear(width, width, bias=False)

    def forward(self, x, cos, sin):
        batch, tokens, width = x.shape
        q, k, v = (p(x).view(batch, tokens, self.heads, -1).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))
        mixed = F.scaled_dot_product_attention(rotate(q, cos, sin), rotate(k, cos, sin), v, is_causal=True)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.gate_proj, self.up_proj = (nn.Linear(width, inner, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(inner, width, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = nn.RMSNorm(c["hidden_size"], eps=c["rms_norm_eps"])
        self.self_attn = Attention(c["hidden_size"], c["num_attention_heads"])
        self.post_attention_layernorm = nn.RMSNorm(c["hidden_size"], eps=c["rms_norm_eps"])
        self.mlp = Mlp(c["hidden_size"], c["intermediate_size"])

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Tied head."""

    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = nn.RMSNorm(c["hidden_size"], eps=c["rms_norm_eps"])

    def forward(self, ids, cos, sin):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, cos, sin)
        return F.linear(self.norm(x), self.embed_tokens.weight)


def decayed(module, optimizer):
    """AdamW as usual: matrices decay, norms and biases do not."""
    parameters = list(module.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": optimizer["weightDecay"]},
        {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=optimizer["learningRate"])


def rotary_tables(c, tokens):
    width = c["hidden_size"] // c["num_attention_heads"]
    frequency = c["rope_theta"] ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
    angles = torch.outer(torch.arange(tokens, dtype=torch.float32), frequency).repeat(1, 2)
    return angles.cos(), angles.sin()


class DecoderWork:
    def __init__(self, dir, threads, optimizer, **_):
        torch.set_num_threads(threads)
        with open(os.path.join(dir, "config.json"), encoding="utf-8") as file:
            c = json.load(file)
        self.model = Decoder(c)
        weights = load_file(os.path.join(dir, "model.safetensors"))
        self.model.load_state_dict({name.removeprefix("model."): w for name, w in weights.items()})
        ids = load_file(os.path.join(dir, "inputs.safetensors"))["ids"]
        self.ids, self.targets = ids[:, :-1].contiguous(), ids[:, 1:].reshape(-1)
        self.cos, self.sin = rotary_tables(c, self.ids.shape[1])
        self.max_norm = optimizer["maxNorm"]
        self.adamw = decayed(self.model, optimizer)

    def step(self):
        start = time.perf_counter()
        logits = self.model(self.ids, self.cos, self.sin)
        loss = F.cross_entropy(logits.flatten(0, 1), self.targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.adamw.step()
        self.adamw.zero_grad()
        return {"loss": loss.item(), "seconds": time.perf_counter() - start}


def open_decoder(**args):
    return DecoderWork(**args)
