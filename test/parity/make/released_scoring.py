"""Verdicts of the released evaluation script on varied outputs, and hashes of its prompts. The functions are taken out of the authors' file and run as they are:
    python released_scoring.py PATH/TO/VideoRFT/src/eval_bench.py
Needs torch (requirements.txt). The file is QiWang98/VideoRFT's at commit bba609969e66c66e152b15399488f0ad94051e3a; nothing of it is kept here."""
import ast
import gzip
import hashlib
import json
import random
import re
import sys
from pathlib import Path

import torch

WANTED = {"extract_answer", "normalize_number", "mean_relative_accuracy", "reward_fn"}
text = Path(sys.argv[1]).read_text(encoding="utf-8")
found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name in WANTED]
assert {node.name for node in found} == WANTED
scope = {"re": re, "torch": torch}
exec(compile(ast.Module(body=found, type_ignores=[]), "eval_bench.py", "exec"), scope)

# Its prompts: the statements that make messages of `data`, run as they are.
tree = ast.parse(text)
templates = [n for n in ast.walk(tree) if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") in ("QUESTION_TEMPLATE", "TYPE_TEMPLATE")]
loops = [n for n in ast.walk(tree) if isinstance(n, ast.For) and getattr(n.target, "id", "") == "x" and getattr(n.iter, "id", "") == "data"]
assert len(templates) == 2 and len(loops) == 1
asked = [{"problem": problem, "options": options, "problem_type": kind, "data_type": "video", "path": "./a.mp4"}
         for problem in ("How many?", "Which of these?\nLook closely. ", "早い {x} “é”")
         for kind, options in (("multiple choice", ["A. one", "B. two"]), ("multiple choice", []), ("numerical", None), ("OCR", None), ("free-form", None), ("regression", []))]
prompting = {"data": asked, "messages": []}
exec(compile(ast.Module(body=[*templates, *loops], type_ignores=[]), "eval_bench.py", "exec"), prompting)
prompts = [[sample["problem"], sample["options"], sample["problem_type"], hashlib.sha256(message[0]["content"][1]["text"].encode()).hexdigest()]
           for sample, message in zip(asked, prompting["messages"])]

rng = random.Random(20261126)
pick = rng.choice
LETTERS = "ABCDEFGH"
THOUGHTS = ["It moves. So it is that.", "Let me think. Wait, the answer is A? No.", "Hmm\n\nfirst\tsecond", "", "x < y <b>bold</b>", "早い。だから。", "<answer>A</answer> was my first idea"]
SPACES = ["", " ", "\n", "\t", "\u00a0", "\u3000", "\x85", "\x1c", "\ufeff", "\u200b", "\r\n"]


def wrap(answer):
    """The answer inside a completion: formatted well, badly, or not at all."""
    think = f"<think>{pick(THOUGHTS)}</think>"
    inner = pick(SPACES) + answer + pick(SPACES) if rng.random() < 0.4 else answer
    if rng.random() < 0.5:
        return f"{think}\n<answer>{inner}</answer>"
    return pick([
        f"{think}<answer>\n{inner}\n</answer>",
        f"<answer>{inner}</answer>",
        f"{think}\n<answer>{inner}</answer> I hope this helps.",
        f"{think}\n<answer>{inner}",
        f"{think}\n{inner}</answer>",
        f"{think}\n{inner}",
        inner,
        f"{think}\n<answer></answer><answer>{inner}</answer>",
        f"{think}\n<answer>{inner}</answer>\n<answer>{answer}</answer>",
        f"{think}\n<answer>{inner}<answer></answer>",
        f"<Answer>{inner}</Answer>",
        f"{think}\n< answer >{inner}</ answer >",
        f"{think}\n<answer> </answer>{inner}",
    ])


def choice():
    count = rng.randint(2, 8)
    names = rng.sample(["left", "right", "a red circle", "the front", "12.5", "None of the above", "walks away", "B", "up-left"], count if count < 9 else 8)
    options = [f"{LETTERS[i]}. {name}" for i, name in enumerate(names)]
    i = rng.randrange(count)
    j = i if rng.random() < 0.6 else rng.randrange(count)
    letter = LETTERS[j]
    answer = letter if rng.random() < 0.5 else pick([letter, letter.lower(), f"({letter})", f"{letter}.", f"{letter})", options[j], names[j], f"Option {letter}",
                   f"The answer is {letter}", f"The answer is ({letter}).", f"**{letter}**", f"\\boxed{{{letter}}}", f"{letter}, {LETTERS[0]}",
                   "", "I'm sorry, I can't tell.", "Z", f"{letter} {letter}", f"Ａ", f"{letter}\n"])
    return "multiple choice", options, LETTERS[i], answer


def spelled(value):
    return pick([f"{value}", f"{value:g}", f"{value:.1f}", f"{value:.2f}", f"{value:.3f}", f"{value:,}", f"{value:e}", f" {value} ", f"{value} meters",
                 f"about {value}", f"+{value}", f"{value}%", f"{value}.", f"{int(value)}", f"{int(value):_}", "".join(chr(0x660 + int(c)) if c.isdigit() else c for c in f"{value}"),
                 "nan", "inf", "-inf", "five", "", f"{value} or {value + 1}", f"1e400", f"{value}e0", f".{int(abs(value))}", f"−{value}", f"{value}_", "1__0"])


def numerical():
    truth = pick([rng.randint(-20, 200), round(rng.uniform(-50, 500), pick([1, 2, 3])), rng.randint(1000, 99999), 0, 2.675, 0.125, 1.005])
    value = pick([truth, truth, truth, truth + pick([0.001, 0.004, 0.005, 0.006, 0.01, 1, -1]), -truth, round(truth, 1)])
    solution = pick([f"{truth}", f"{truth}", f"{truth:,}", f"{truth:.2f}"])
    return "numerical", None, solution, spelled(value)


def regression():
    truth = pick([rng.randint(1, 12), round(rng.uniform(0.1, 60), 1), round(rng.uniform(0.1, 9), 2), 0, 250])
    # Errors at the thresholds, where single precision decides.
    share = pick([0, *[i / 20 for i in range(1, 12)], rng.uniform(0, 1.2)])
    value = truth * (1 + pick([1, -1]) * share) + pick([0, 0, 1e-7, -1e-7, 1e-9])
    return "regression", None, f"{truth}", f"{value!r}" if rng.random() < 0.8 else spelled(value)


def words():
    return pick(["OCR", "free-form"]), None, "NO ENTRY", pick(["NO ENTRY", "no entry", "", "exit"])


cases, seen = [], set()
for make, count in ((choice, 1200), (numerical, 900), (regression, 1100), (words, 60)):
    have = 0
    while have < count:
        kind, options, truth, answer = make()
        output = wrap(answer)
        key = (kind, truth, output)
        if key in seen:
            continue
        seen.add(key)
        have += 1
        cases.append([kind, options, truth, output, scope["reward_fn"]({"solution": f"<answer>{truth}</answer>"}, output, kind)])
# Truths that no rule can read: 0 there, an error of the sample here.
for kind, truth in (("numerical", "many"), ("regression", "many")):
    cases.append([kind, None, truth, "<answer>5</answer>", scope["reward_fn"]({"solution": f"<answer>{truth}</answer>"}, "<answer>5</answer>", kind)])

out = Path(__file__).parent.parent / "fixtures" / "released-scoring.json.gz"
about = {"source": "QiWang98/VideoRFT src/eval_bench.py", "commit": "bba609969e66c66e152b15399488f0ad94051e3a",
         "sha256": hashlib.sha256(text.encode()).hexdigest(), "torch": torch.__version__, "python": sys.version.split()[0]}
out.write_bytes(gzip.compress(json.dumps({"about": about, "prompts": prompts, "cases": cases}, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
print(len(cases), "cases,", sum(case[4] > 0 for case in cases), "above 0,", out.stat().st_size, "bytes")
