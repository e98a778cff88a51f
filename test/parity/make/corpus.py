"""The texts that the fixture tokenizer is trained on: micro-world sentences, tags, some other scripts. Writes fixtures/corpus.json."""

import random

from common import write_json


def main():
    rng = random.Random(4)
    colours, shapes = ["red", "green", "blue", "yellow", "purple", "cyan"], ["circle", "square", "triangle", "cross"]
    ways = ["left", "right", "up", "down"]
    texts = []
    for _ in range(220):
        a, b = f"{rng.choice(colours)} {rng.choice(shapes)}", f"{rng.choice(colours)} {rng.choice(shapes)}"
        way = rng.choice(ways)
        texts.append(rng.choice([
            f"A {a} moves {way}.", f"A {b} stays still.", f"A {a} enters from the {way} at {rng.randint(0, 39) / 10} seconds.",
            f"The {a} hits the {b}.", f"The {a} hides behind the {b}.", f"A sign says {rng.choice(['STOP', 'GO', '42', '7'])}.",
            f"Which way does the {a} move?\nA. left B. right C. up D. down\nThink step by step.",
            f"The question asks which way the {a} moves. A {a} moves {way}. So the {a} moves {way}.",
        ]))
    texts += ["<think>The question asks how many.</think>\n<answer>B</answer>"] * 5
    texts += ["Grüße aus Köln, naïve café.", "Привет, мир! Привет!", "数える。数える。数える。", "e\u0301te\u0301 ete\u0301"] * 3
    write_json(dict(texts=texts, vocabSize=512), "corpus.json")


if __name__ == "__main__":
    main()
