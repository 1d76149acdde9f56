#!/usr/bin/env python3
"""Write tiny GGUF models that real engines (llama.cpp, Ollama) load and that talk readably.

No weights are downloaded: the transformer blocks are random, and the output
matrix is built so that the greedy next token follows a small hand-written
chain of words.  So the answers are readable, repeatable at temperature 0, carry
characters whose UTF-8 bytes are separate tokens, and end with end-of-turn.

  make_tiny_gguf.py OUT.gguf [--kind chat|embed|rerank] [--embd 128] [--layers 2]
                             [--ctx 131072] [--seed 1]
Needs PyPI: numpy, gguf.
"""

import argparse, json, re, sys, time
import numpy as np
import gguf

# Each piece comes once, so the chain never loops; the non-ASCII characters are byte tokens, none of
# whose bytes repeat.
CHAIN = (
    "Hello|,| I| am| a| tiny| random| model|:|世|界|é|😀| and| back|;| the| router| sends| this|"
    " request| to| one| of| many| engines| which| streams| every| token| until| it| stops|."
)
WORDS = [
    "user",
    "assistant",
    "system",
    "tool",
    "answer",
    "ok",
    "name",
    "arguments",
    "city",
    "Paris",
    "get",
    "weather",
    "_",
    " world",
    " is",
    " what",
    " say",
    " hello",
]
JSONISH = ['{"', '":"', '"}', '":', '"', "}", "{", '"}\n', "}}"]
SPECIAL = [
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|im_start|>",
    "<|im_end|>",
    "<tool_call>",
    "</tool_call>",
]
TEMPLATE = (
    "{%- if tools %}{{- '<|im_start|>system\\n' }}"
    "{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}"
    "{{- '# Tools\\n\\nYou may call one or more functions."
    " Signatures within <tools></tools> XML tags:\\n<tools>' }}"
    "{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}"
    "{{- '\\n</tools>\\n\\nFor each function call, return a json object"
    " with function name and arguments within "
    '<tool_call></tool_call> XML tags:\\n<tool_call>\\n'
    '{"name": <function-name>, "arguments": <args-json-object>}\\n</tool_call><|im_end|>\\n\' }}'
    "{%- elif messages[0].role == 'system' %}"
    "{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}"
    "{%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{%- elif message.role == 'assistant' %}{{- '<|im_start|>assistant' }}"
    "{%- if message.content %}{{- '\\n' + message.content }}{%- endif %}"
    "{%- for tool_call in message.tool_calls %}"
    "{%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}"
    "{{- '\\n<tool_call>\\n{\"name\": \"' }}{{- tool_call.name }}"
    "{{- '\", \"arguments\": ' }}{{- tool_call.arguments | tojson }}{{- '}\\n</tool_call>' }}"
    "{%- endfor %}{{- '<|im_end|>\\n' }}"
    "{%- elif message.role == 'tool' %}"
    "{{- '<|im_start|>user\\n<tool_response>\\n' + message.content"
    " + '\\n</tool_response><|im_end|>\\n' }}"
    "{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


def byte_chars():
    """GPT-2's printable stand-in for each byte."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {}, 0
    for b in range(256):
        table[b] = chr(b) if b in keep else chr(256 + extra)
        extra += b not in keep
    return table


B2C = byte_chars()


def enc(text):
    return "".join(B2C[b] for b in text.encode())


def build_vocab():
    """Byte tokens, one token for each ASCII word (with its merges), then the special ones."""
    tokens = [B2C[b] for b in range(256)]
    index = {t: i for i, t in enumerate(tokens)}
    merges = []
    words = (
        [w for w in CHAIN.split("|") if w.isascii() and len(w) > 1]
        + WORDS
        + [j for j in JSONISH if len(j) > 1]
    )
    for word in words:
        chars = enc(word)
        left = chars[0]
        for c in chars[1:]:
            joined = left + c
            if joined not in index:
                index[joined] = len(tokens)
                tokens.append(joined)
                merges.append(f"{left} {c}")
            left = joined
    ntext = len(tokens)
    for s in SPECIAL:
        index[s] = len(tokens)
        tokens.append(s)
    return tokens, index, merges, ntext


def chain_ids(index):
    out = []
    for piece in CHAIN.split("|"):
        code = enc(piece)
        out += [index[code]] if code in index else [index[B2C[b]] for b in piece.encode()]
    return out


def transitions(index, n):
    """(from, to, weight): what the model says after what."""

    def t(s):
        return index[s] if s in index else index[enc(s)]

    chain = chain_ids(index)
    assert len(set(chain)) == len(chain), "a token comes twice in CHAIN"
    w = {pair: 1.0 for pair in zip(chain, chain[1:])}
    end, nl = t("<|im_end|>"), t("\n")
    w[(nl, chain[0])] = 1.0
    w[(nl, t('{"'))] = 0.7
    w[(nl, t("<tool_call>"))] = 0.5
    w[(chain[-1], end)] = 1.0
    w[(chain[-1], t("<tool_call>"))] = (
        0.9  # only when a grammar (tool_choice: required) forbids the end
    )
    for a, b, v in [
        ('{"', "answer", 0.9),
        ("answer", '":"', 0.9),
        ('":"', "ok", 0.95),
        ("ok", '"}', 0.95),
        ("ok", '"', 0.9),
        ('"}', "<|im_end|>", 0.95),
        ('"}', "}", 0.9),
        ('"}', "\n", 0.8),
        ("}", "<|im_end|>", 0.95),
        ("}", "\n", 0.9),
        ('"', "ok", 0.6),
        ("}}", "\n", 0.9),
        ("<tool_call>", "\n", 0.9),
        ("</tool_call>", "<|im_end|>", 0.9),
        ("<|im_start|>", "assistant", 0.9),
        ("assistant", "\n", 0.9),
        ("<|im_end|>", "\n", 0.9),
        ("\n", "</tool_call>", 0.45),
        ('":', '{"', 0.5),
    ]:
        w.setdefault((t(a), t(b)), v)
    return w, set(chain) | {end}


def common(w, args, name):
    w.add_name(name)
    w.add_context_length(args.ctx)
    w.add_embedding_length(args.embd)
    w.add_block_count(args.layers)
    w.add_feed_forward_length(args.embd * 2)
    w.add_head_count(args.heads)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_F16)


def write_llama(args, rng):
    tokens, index, merges, ntext = build_vocab()
    n, d = len(tokens), args.embd
    w = gguf.GGUFWriter(args.out, "llama")
    common(w, args, args.name or "tiny-chain")
    kv = max(1, args.heads // 2)
    w.add_head_count_kv(kv)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(d // args.heads)
    w.add_rope_freq_base(500000.0)
    w.add_vocab_size(n)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("llama-bpe")
    w.add_token_list(tokens)
    types = (
        [gguf.TokenType.NORMAL] * ntext
        + [gguf.TokenType.CONTROL] * 4
        + [gguf.TokenType.USER_DEFINED] * 2
    )
    w.add_token_types(types)
    w.add_token_merges(merges)
    w.add_bos_token_id(index["<|begin_of_text|>"])
    w.add_eos_token_id(index["<|im_end|>"])
    w.add_pad_token_id(index["<|end_of_text|>"])
    w.add_add_bos_token(True)
    w.add_chat_template(TEMPLATE)
    if args.kind == "embed":
        w.add_pooling_type(gguf.PoolingType.MEAN)

    f16, f32 = np.float16, np.float32
    emb = rng.standard_normal((n, d)).astype(f32)
    emb[:, 0] = 0
    emb /= np.linalg.norm(emb, axis=1, keepdims=True)
    emb[:, 0] = 0.5  # a constant input: carries each token's bias
    h = emb / np.sqrt((emb**2).mean(1, keepdims=True))  # what the last norm makes of it
    scale = 14.0
    out = np.zeros((n, d), f32)
    moves, liked = transitions(index, n)
    for (a, b), v in moves.items():
        out[b] += scale * v * emb[a] * (np.arange(d) > 0) / h[0].std() / np.sqrt(d) * np.sqrt(1.25)
    for j in range(n):
        if j not in liked:
            out[j, 0] -= 0.25 * scale / h[0, 0]  # unliked tokens lie 3.5 lower
    out *= np.float32(
        scale
        / max(1e-6, float((h[[a for a, _ in moves]] * out[[b for _, b in moves]]).sum(1).max()))
    )
    w.add_tensor("token_embd.weight", emb.astype(f16))
    w.add_tensor("output_norm.weight", np.ones(d, f32))
    w.add_tensor("output.weight", out.astype(f16))
    hd = d // args.heads

    def rnd(rows, cols, s=1.0):
        return (rng.standard_normal((rows, cols)) * s / np.sqrt(cols)).astype(f16)

    for i in range(args.layers):
        p = f"blk.{i}."
        w.add_tensor(p + "attn_norm.weight", np.ones(d, f32))
        w.add_tensor(p + "attn_q.weight", rnd(d, d))
        w.add_tensor(p + "attn_k.weight", rnd(kv * hd, d))
        w.add_tensor(p + "attn_v.weight", rnd(kv * hd, d))
        w.add_tensor(p + "attn_output.weight", rnd(d, d, 0.002))
        w.add_tensor(p + "ffn_norm.weight", np.ones(d, f32))
        w.add_tensor(p + "ffn_gate.weight", rnd(2 * d, d))
        w.add_tensor(p + "ffn_up.weight", rnd(2 * d, d))
        w.add_tensor(p + "ffn_down.weight", rnd(d, 2 * d, 0.002))
    return w


def write_bert(args, rng):
    """A BERT encoder whose vocabulary is single letters; --kind rerank adds the one-logit head."""
    d = args.embd
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,:;!?-'\""
    tokens = (
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + ["▁" + c for c in letters] + list(letters)
    )
    w = gguf.GGUFWriter(args.out, "bert")
    args.ctx = min(args.ctx, 8192)
    common(w, args, args.name or "tiny-bert")
    w.add_layer_norm_eps(1e-12)
    w.add_causal_attention(False)
    w.add_pooling_type(gguf.PoolingType.RANK if args.kind == "rerank" else gguf.PoolingType.MEAN)
    w.add_tokenizer_model("bert")
    w.add_tokenizer_pre("default")
    w.add_token_list(tokens)
    w.add_token_types([gguf.TokenType.CONTROL] * 5 + [gguf.TokenType.NORMAL] * (len(tokens) - 5))
    w.add_token_type_count(2)
    w.add_unk_token_id(1)
    w.add_pad_token_id(0)
    w.add_uint32("tokenizer.ggml.cls_token_id", 2)
    w.add_bos_token_id(2)
    w.add_sep_token_id(3)
    w.add_eos_token_id(3)
    w.add_mask_token_id(4)
    w.add_vocab_size(len(tokens))
    f32, f16 = np.float32, np.float16

    def mat(r, c):
        return (rng.standard_normal((r, c)) / np.sqrt(c)).astype(f16)

    def lin(name, r, c):
        w.add_tensor(name + ".weight", mat(r, c))
        w.add_tensor(name + ".bias", np.zeros(r, f32))

    def norm(name):
        w.add_tensor(name + ".weight", np.ones(d, f32))
        w.add_tensor(name + ".bias", np.zeros(d, f32))

    w.add_tensor("token_embd.weight", mat(len(tokens), d))
    w.add_tensor("position_embd.weight", (mat(args.ctx, d).astype(f32) * 0.1))
    w.add_tensor("token_types.weight", mat(2, d).astype(f32))
    norm("token_embd_norm")
    for i in range(args.layers):
        p = f"blk.{i}."
        for s in ("attn_q", "attn_k", "attn_v", "attn_output"):
            lin(p + s, d, d)
        norm(p + "attn_output_norm")
        lin(p + "ffn_up", 2 * d, d)
        lin(p + "ffn_down", d, 2 * d)
        norm(p + "layer_output_norm")
    if args.kind == "rerank":
        lin("cls", d, d)
        lin("cls.output", 1, d)
    return w


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("out")
    ap.add_argument("--kind", choices=["chat", "embed", "bert", "rerank"], default="chat")
    ap.add_argument("--embd", type=int, default=128)
    ap.add_argument("--layers", type=int, default=2)
    ap.add_argument("--heads", type=int, default=4)
    ap.add_argument("--ctx", type=int, default=131072)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--name", default="")
    args = ap.parse_args()
    t0 = time.time()
    rng = np.random.default_rng(args.seed)
    w = write_llama(args, rng) if args.kind in ("chat", "embed") else write_bert(args, rng)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    import os

    print(f"{args.out}: {os.path.getsize(args.out)} bytes, {time.time() - t0:.2f} s")


main()
