"""What VLMEvalKit reads as the chosen option in varied answers. Its functions are taken out of its file and run as they are:
    python choice_peer.py PATH/TO/VLMEvalKit/vlmeval/utils/matching_util.py COMMIT
Plain Python. Nothing of the file is kept."""
import ast
import copy
import gzip
import hashlib
import json
import os
import random
import re
import string
import sys
from pathlib import Path

WANTED = {"can_infer_option", "can_infer_text", "can_infer"}
text = Path(sys.argv[1]).read_text(encoding="utf-8")
tree = ast.parse(text)
found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in WANTED]
found = [n for n in tree.body if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "").startswith("_")] + found
scope = {"re": re, "cp": copy, "os": os, "string": string}
exec(compile(ast.Module(body=found, type_ignores=[]), "matching_util.py", "exec"), scope)

rng = random.Random(20261127)
pick = rng.choice
SETS = [["left", "right", "up"], ["red", "green", "blue", "white"], ["The man opens the door.", "The man closes the door.", "The man walks away."],
        ["front-left", "front-right", "back-left", "back-right"], ["10", "12", "14", "20"], ["Apples.", "Candles.", "Berries."], ["yes", "no"],
        ["left", "front left", "right", "front right"], ["cooking", "playing football", "reading a book", "sleeping"], ["2.5 m", "5 m"]]
TEMPLATES = ["{L}", "{L}", "{L}", "({L})", "{L}.", "{L})", "[{L}]", "{L}:", "**{L}**", "{l}", "({l})", "{L}. {o}", "({L}) {o}", "{L} {o}", "{o}", "{o}", "{O}",
             "Option {L}", "option {L}", "Choice {L}", "Answer: {L}", "The answer is {L}.", "The answer is ({L})", "The correct answer is **{L}**. It fits.",
             "the answer is {l}", "The best option is {L}", "I think it is {o}.", "So {L} is right", "It is {o}, so ({L}).", "{L} and {M}", "{L} or {M}", "({L}), not ({M})",
             "Not {M} but {L}", "{L}, {M}", "It could be {o} or {p}", "The answer is {M}. Wait, the answer is {L}.", "A circle moves to the side", "I see nothing",
             "Vitamin {L} is shown", "Figure {L} shows a car driving along the road in the evening light", "I cannot answer.", "", "None", "{o} {p}", "It is clearly not {p}; it is {o}.",
             "The square shows brightness and uprightness", "\\boxed{{{L}}}", "${L}$", "{L}\n", "\"{L}\"", "The final answer is: {L}", "Final answer: {L}. {o}", "I'd go with {L}", "Z", "{Z}"]
cases, seen = [], set()
while len(cases) < 1500:
    names = pick(SETS)
    i = rng.randrange(len(names))
    j = (i + rng.randrange(1, len(names))) % len(names)
    letters = string.ascii_uppercase
    template = pick(TEMPLATES)
    answer = template.format(L=letters[i], l=letters[i].lower(), M=letters[j], o=names[i], O=names[i].upper(), p=names[j], Z=letters[len(names)])
    if pick([0, 0, 0, 1]):
        answer = pick(["Let me look. ", "The video shows a person in a room. ", "Hmm, "]) + answer
    key = (answer, tuple(names))
    if key in seen and len(seen) < 900:
        continue
    if key in seen:
        break
    seen.add(key)
    theirs = scope["can_infer"](answer, {letters[k]: name for k, name in enumerate(names)})
    cases.append([template, [f"{letters[k]}. {name}" for k, name in enumerate(names)], answer, theirs if theirs and theirs != "Z" else None])
out = Path(__file__).parent.parent / "fixtures" / "choice-peer.json.gz"
about = {"source": "open-compass/VLMEvalKit vlmeval/utils/matching_util.py", "commit": sys.argv[2], "sha256": hashlib.sha256(text.encode()).hexdigest()}
out.write_bytes(gzip.compress(json.dumps({"about": about, "cases": cases}, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
print(len(cases), "cases,", sum(c[3] is not None for c in cases), "with a letter,", out.stat().st_size, "bytes")
