// Porter's stemmer (Program 14.3, 1980) with the extensions of NLTK's default mode, which rouge-score uses:
// a table of irregular forms, words of one or two letters left alone, other rules for -ies/-ied of four letters, for
// y → i, for -alli, -bli, -fulli and -logi, and a two-letter vowel-consonant stem counts as ending consonant-vowel-consonant.
// Input is lower-case a–z0–9 (digits count as consonants). Leaves out: the other two modes.

const irregular: ReadonlyMap<string, string> = new Map([
  ...['sky', 'skies'].map((word) => [word, 'sky'] as const),
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['news', 'news'],
  ...['innings', 'inning'].map((word) => [word, 'inning'] as const),
  ...['outings', 'outing'].map((word) => [word, 'outing'] as const),
  ...['cannings', 'canning'].map((word) => [word, 'canning'] as const),
  ...['howe', 'proceed', 'exceed', 'succeed'].map((word) => [word, word] as const),
]);

/** 'c' or 'v' per letter; y is a vowel exactly after a consonant. */
function shape(word: string): string {
  let out = '';
  for (const letter of word) {
    const vowel = 'aeiou'.includes(letter) || (letter === 'y' && out.endsWith('c'));
    out += vowel ? 'v' : 'c';
  }
  return out;
}

/** Porter's m: how often a vowel run is followed by a consonant run. */
const measure = (stem: string) => shape(stem).split('vc').length - 1;
const hasVowel = (stem: string) => shape(stem).includes('v');
const endsDouble = (stem: string) => stem.length > 1 && stem.at(-1) === stem.at(-2) && shape(stem).endsWith('c');
const endsCvc = (stem: string) => {
  const form = shape(stem);
  return form === 'vc' || (form.endsWith('cvc') && !/[wxy]$/.test(stem));
};

type Rule = readonly [suffix: string, replacement: string];

/** The first rule whose suffix fits decides: it applies when its stem passes, and otherwise nothing does. */
function replaceFirst(word: string, rules: readonly Rule[], passes: (stem: string, suffix: string) => boolean): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (!rule) return word;
  const stem = word.slice(0, word.length - rule[0].length);
  return passes(stem, rule[0]) ? stem + rule[1] : word;
}

const pairs = (text: string): Rule[] => text.split(' ').map((pair) => pair.split('>') as [string, string]);
const plurals = pairs('sses>ss ies>i ss>ss s>');
const step2Rules = pairs(
  'ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ' +
    'ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful logi>log',
);
const step3Rules = pairs('icate>ic ative> alize>al iciti>ic ical>ic ful> ness>');
const step4Rules = pairs(
  'al> ance> ence> er> ic> able> ible> ant> ement> ment> ent> ion> ou> ism> ate> iti> ous> ive> ize>',
);

function plural(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, -1);
  return replaceFirst(word, plurals, () => true);
}

function pastAndGerund(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((ending) => word.endsWith(ending) && hasVowel(word.slice(0, -ending.length)));
  if (!suffix) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsCvc(stem) ? `${stem}e` : stem;
}

function finalY(word: string): string {
  const stem = word.slice(0, -1);
  return word.endsWith('y') && stem.length > 1 && shape(stem).endsWith('c') ? `${stem}i` : word;
}

function doubleSuffix(word: string): string {
  if (word.endsWith('alli') && measure(word.slice(0, -4)) > 0) return doubleSuffix(word.slice(0, -2));
  // The l of -logi counts with the stem, so that 'geology' and 'archaeology' go the same way.
  return replaceFirst(word, step2Rules, (stem, suffix) => measure(suffix === 'logi' ? `${stem}l` : stem) > 0);
}

function longSuffix(word: string): string {
  return replaceFirst(
    word,
    step4Rules,
    (stem, suffix) => measure(stem) > 1 && (suffix !== 'ion' || /[st]$/.test(stem)),
  );
}

function finalE(word: string): string {
  const stem = word.slice(0, -1);
  const m = measure(stem);
  return word.endsWith('e') && (m > 1 || (m === 1 && !endsCvc(stem))) ? stem : word;
}

const finalLl = (word: string) => (word.endsWith('ll') && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word);

/** The stem of one lower-case word, equal to NLTK's `PorterStemmer().stem(word)`. */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined || word.length <= 2) return known ?? word;
  const inflected = finalY(pastAndGerund(plural(word)));
  const derived = replaceFirst(doubleSuffix(inflected), step3Rules, (stem) => measure(stem) > 0);
  return finalLl(finalE(longSuffix(derived)));
}
