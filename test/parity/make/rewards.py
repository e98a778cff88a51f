"""Makes test/parity/fixtures/rewards-{rouge,wer,stems}.json: golden values of our text scores.

Peers: rouge-score 0.1.2, jiwer 4.0.0, nltk 3.10.4 (its PorterStemmer needs no download), Python 3.11.
Run:   python -m venv VENV && VENV/bin/pip install rouge-score==0.1.2 jiwer==4.0.0 nltk==3.10.4
       VENV/bin/python test/parity/make/rewards.py        (from the repository root; seeded, a few seconds)
Leaves out: aggregation; each row is one pair of texts.
"""
import json
import random
import sys
from importlib.metadata import version
from pathlib import Path

import jiwer
from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer

OUT = Path(__file__).resolve().parent.parent / "fixtures"
VERSIONS = {name: version(name) for name in ("rouge-score", "jiwer", "nltk")} | {"python": sys.version.split()[0]}

ROOTS = """accept adapt adjust agree allow analog animate appear archaeolog argue arrive bias bleed bless bowdler bubble
calm capital care caress cat cease chase collid colour communic complicat conclud condition conform connect control
count cover creat critic cross cry dance decid decis defens depend describ differ digit direct disappear double drive
drop dry easy effect electric enter equal exact fail fall feud fil fizz flat flow fly follow form formal fulfil geolog
gradual green grow gyroscop happ hasten hesit hid hiss hop hope hospital identif illustrat increas infer inhibit
interact invert irrit jump lie lift local log logic loud magnif mat measur memor mov multipl nation object observ
occur operat oppos organ oscillat patient pick plaster play point possib predict probab process purpl quick radic rapid
rational reason relat remain replac repeat represent require reviv roll rotat sad sens sensib separat sequenc shap
shrink sign similar siz slow spac spatial spy squar stay stop stud success swim tall tan teach theor time topple toy
triangl triplic tri troubl tumbl typ usual valenc vary vary vibrat video vietnam vile visual wait walk watch weak well
wheel win wobbl work yellow zoom""".split()
SUFFIXES = """ s es ed ing er ers est ly e y ies ied iness ness nesses ful fully fulness less lessly ment ments ement ent
ently ence ance ancy ency ant able ability ible ibility ably al ally ality alism alist ic ical ically icate icity ion
ions ional ionally ation ational ations ator ators ive ively iveness ivity ous ously ousness ize ized izer izing ization
ism ist ity ities ate ated ating ative atively eed eedly ogy ogist ologi ou iti eli bli alli entli logi""".split() + [""]
SHORT = """a an the is at by of to in on it we oh ye yes sky skies die dies died dying lie lies lied lying tie ties tied
tying news inning innings outing outings canning cannings howe proceed exceed succeed proceeds exceeding succeeded flies
fly spy spied spies try tried tries enjoy enjoyed enjoys say says toy syzygy yyyy ayyy yyyya yay eye eyes ion ions ness
ful feed fed agreed bled sing singed king ring hopping hoping tanned falling hissing fizzed failing filing conflated
controlling roll controll rate cease probate bus buses gas gases us was has this thus ss sss oats trees ivy tree ee tr
private oaten orrery 1990s 2nd 3d h2o 2024 x1ing abc123ed as does doing goes going being 0 00 7s 10th us1 ied ies eed
ied4 aied bied generically generalization oscillators relational conditional rational valenci hesitanci digitizer
conformabli radicalli differentli vileli analogousli vietnamization predication operator feudalism decisiveness
hopefulness callousness formaliti sensitiviti sensibiliti triplicate formative formalize electriciti electrical goodness
revival allowance inference airliner gyroscopic adjustable defensible irritant replacement adjustment dependent adoption
homologou communism activate angulariti homologous effective bowdlerize""".split()

PUNCTUATION = [".", ",", "!", "?", ";", ":", "-", "—", "'", "\"", "(", ")", "/", "…", "’s", "n't", "%", "&", "#", "@"]
ODD = ["红色", "прямо", "עברית", "العربية", "🔴", "👩‍👩‍👧", "é", "naïve", "İstanbul", "K", "ﬁne", "STRASSE", "straße", "½", "٣", "ＡＢＣ",
       "x²", "a_b", "snake_case_word", "C++", "3.14", "-5", "1,234", "50%", "e-mail", "U.S.A."]
SPACES = [" "] * 8 + ["  ", "\t", "\n", "\r\n", " \t ", "\u00a0", "\u2003", "\u2003\u2003", "\u3000", "\u200b", "\ufeff", "\x1c", "\x1c\x1f", "\x85", "\x0b"]


def words_of(rng, vocabulary, n):
    return [rng.choice(vocabulary) for _ in range(n)]


def dress(rng, words):
    """A text from words: random case, punctuation, odd tokens and spacing."""
    out = rng.choice(["", "", "", " ", "\n"])
    for word in words:
        roll = rng.random()
        word = word.upper() if roll < 0.08 else word.capitalize() if roll < 0.2 else word
        if rng.random() < 0.12:
            word += rng.choice(PUNCTUATION)
        if rng.random() < 0.06:
            word += rng.choice(SPACES) + rng.choice(ODD)
        out += word + (rng.choice(SPACES) if rng.random() < 0.3 else " ")
    return out if rng.random() < 0.2 else out.strip(" ")


def mutate(rng, words, vocabulary):
    """The same words with some dropped, doubled, swapped or replaced, as a wrong answer would have them."""
    out = []
    for word in words:
        roll = rng.random()
        if roll < 0.12:
            continue
        out.append(rng.choice(vocabulary) if roll < 0.25 else word)
        if roll > 0.93:
            out.append(word)
    if len(out) > 2 and rng.random() < 0.3:
        i = rng.randrange(len(out) - 1)
        out[i], out[i + 1] = out[i + 1], out[i]
    return out


def text_pairs(seed, count):
    rng = random.Random(seed)
    vocabulary = [r + s for r in ROOTS for s in rng.sample(SUFFIXES, 4)] + SHORT
    fixed = [("", ""), ("", "a"), ("a", ""), (" ", " "), ("a", "a"), ("A", "a"), ("a b", "b a"), ("...", "..."), ("a\tb", "a b"),
             ("a\nb", "a  b"), ("a\u00a0b", "a b"), ("红色 圆", "红色 圆"), ("🔴 🔵", "🔴"), ("the the the", "the"), ("the", "the the the"),
             ("a " * 300, "a " * 200), ("flies flying flew", "fly flies"), ("\ufeffa", "a"), ("a\u200bb", "a b"), ("a b c d", "e f g h")]
    for reference, hypothesis in fixed:
        yield reference, hypothesis
    for i in range(count - len(fixed)):
        length = rng.choice([1, 1, 2, 2, 3, 4, 5, 8, 8, 12, 12, 20, 40]) if i % 40 else 150
        base = words_of(rng, vocabulary, length)
        if rng.random() < 0.15:
            base = words_of(rng, vocabulary[:3], length)
        other = mutate(rng, base, vocabulary) if rng.random() < 0.8 else words_of(rng, vocabulary, rng.randint(0, 12))
        yield dress(rng, base), dress(rng, other)


def write(name, rows):
    path = OUT / f"rewards-{name}.json"
    lines = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    path.write_text(f'{{"versions": {json.dumps(VERSIONS)}, "rows": [\n{lines}\n]}}\n', encoding="utf-8")
    print(path.name, len(rows), "rows", path.stat().st_size, "bytes")


def main():
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    rouge_rows = []
    for reference, hypothesis in text_pairs(1, 420):
        scores = scorer.score(reference, hypothesis)
        rouge_rows.append([reference, hypothesis, *(scores[key].fmeasure for key in ("rouge1", "rouge2", "rougeL"))])
    write("rouge", rouge_rows)
    write("wer", [[reference, hypothesis, jiwer.wer(reference, hypothesis)] for reference, hypothesis in text_pairs(2, 420)])
    rng = random.Random(3)
    made = {r + s for r in ROOTS for s in rng.sample(SUFFIXES, 12)}
    letters = {"".join(rng.choice("aeiouybcdlstz") for _ in range(rng.randint(1, 8))) + rng.choice(SUFFIXES) for _ in range(600)}
    stemmer = PorterStemmer()
    write("stems", [[word, stemmer.stem(word)] for word in sorted(made | letters | set(SHORT)) if word])


main()
