// SPDX-License-Identifier: Apache-2.0
// From a child's details to slot values, by docs/protocol.md, "Values". The tables come from proto/vectors.json.
const LIMITS = { field: 255, folded: 255, part: 63, parts: 16, value: 575 };
const UPN_LETTERS = 'ABCDEFGHJKLMNPQRTUVWXYZ';
const LISTS = ['deleted', 'title', 'honorific', 'suffix', 'placeholder', 'birth word', 'of'];
const MISSING = ['', 'unknown', 'not known', 'n/k', 'nk', 'n/a', 'none', 'null', 'nil', 'tbc'];
const bytes = (text) => Buffer.byteLength(text);

export class Refused extends Error {} // the message names the field, never its value

// Unicode case folding, which JavaScript lacks: the three steps give it, but for Cherokee, which folds to capitals.
const lower = (text) => [...text].map((c) => c.toLowerCase()).join(''); // each alone: a final sigma is a sigma
const caseFold = (c) => (/\p{Script=Cherokee}/u.test(c) ? c.toUpperCase() : lower(c.toLowerCase().toUpperCase()));

function decompose(c) {
  if (/\p{Default_Ignorable_Code_Point}/u.test(c)) return '';
  const folded = caseFold(c);
  const next = folded === c ? c.normalize('NFKD') : folded;
  return next === c ? c : [...next].map(decompose).join('');
}

// JavaScript does not tell a combining class: a mark with one is sorted before U+0345, which has the highest.
const isAccent = (c) => c === '\u0345' || /\p{Me}/u.test(c) || ('\u0345' + c).normalize('NFD')[0] !== '\u0345';

export class Matching {
  constructor({ matching_digest, rules, tables }) {
    this.digest = matching_digest;
    this.letters = new Map();
    this.canonical = new Map();
    this.lists = {};
    for (const kind of LISTS) this.lists[kind] = new Set();
    for (const row of tables) this.#readRow(row);
    this.slots = rules.map(readRule);
  }

  #readRow(row) {
    const [, kind, rest] = /^(birth word|\w+) (.+)$/.exec(row);
    const words = rest.split(' ');
    if (kind === 'letter') this.letters.set(String.fromCodePoint(parseInt(words[0], 16)), words[1]);
    else if (kind === 'deleted') this.lists.deleted.add(String.fromCodePoint(parseInt(rest, 16)));
    else if (kind === 'family') words.forEach((word) => this.canonical.set(word, words[0]));
    else if (kind in this.lists) this.lists[kind].add(rest);
    else if (kind !== 'unicode') throw new Error(`a row of the matching tables that this client does not know: ${row}`);
  }

  // Words of letters with single spaces between them.
  fold(text) {
    let out = '';
    for (const c of text) {
      if (this.lists.deleted.has(c)) continue;
      for (const d of decompose(c)) {
        if (/\p{M}/u.test(d) ? isAccent(d) : this.lists.deleted.has(d) && /\p{L}/u.test(d)) continue;
        out += /[\p{L}\p{M}]/u.test(d) ? (this.letters.get(d) ?? d) : ' ';
      }
    }
    return out.split(' ').filter(Boolean).join(' ');
  }

  #nameParts(text, isForename) {
    const { title, honorific, suffix, placeholder, 'birth word': birth, of } = this.lists;
    const folded = this.fold(text);
    let parts = folded === '' || placeholder.has(folded) ? [] : folded.split(' ');
    let afterBirthWord = false;
    if (bytes(folded) > LIMITS.folded || parts.length > LIMITS.parts) throw new Refused('too long');
    if (parts.some((part) => bytes(part) > LIMITS.part)) throw new Refused('too long');
    while (parts.length > 1 && title.has(parts[0])) parts.shift();
    if (!isForename) {
      while (parts.length > 1 && suffix.has(parts.at(-1))) parts.pop();
    } else if (birth.has(parts[0])) {
      afterBirthWord = true;
      while (parts.length && (birth.has(parts[0]) || bytes(parts[0]) === 1)) parts.shift();
      if (of.has(parts[0])) parts = [];
    }
    for (let i = isForename ? 1 : 0; i < parts.length && parts.length > 1; )
      if (honorific.has(parts[i])) parts.splice(i, 1);
      else i++;
    return { parts, afterBirthWord };
  }

  // {forenames, surname, date_of_birth, nhs_number, upn} as people give them, each optional.
  normalise(child) {
    const field = (name, read) => {
      const text = (child[name] ?? '').replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
      try {
        if (bytes(text) > LIMITS.field || /\p{Surrogate}/u.test(text)) throw new Refused('too long, or not text');
        return read(text);
      } catch (error) {
        throw error instanceof Refused ? new Refused(name) : error;
      }
    };
    const unlessMissing = (read) => (text) => (MISSING.includes(lower(text)) ? '' : read(text));
    const forenames = field('forenames', (text) => this.#nameParts(text, true));
    const surname = field('surname', (text) => this.#nameParts(text, false)).parts;
    const sameAsSurname = forenames.afterBirthWord && forenames.parts.join(' ') === surname.join(' ');
    return {
      forenames: sameAsSurname ? [] : forenames.parts,
      surname,
      date_of_birth: field('date_of_birth', unlessMissing(readDate)),
      nhs_number: field('nhs_number', unlessMissing(readNhsNumber)),
      upn: field('upn', unlessMissing(readUpn)),
    };
  }

  // One value for each slot, '' where the details do not give it.
  values(child) {
    const normal = { ...this.normalise(child), canonical: this.canonical };
    const values = this.slots.map(({ components }) => {
      const found = components.map((component) => component(normal));
      const value = found.join('|');
      return found.includes('') || bytes(value) > LIMITS.value ? '' : value;
    });
    if (values.every((value) => value === '')) throw new Refused('too few details');
    return values;
  }
}

function readRule(rule) {
  const [, name, tier, list] = /^(\S+) (sure|similar): (.+)$/.exec(rule);
  const components = list.split('; ').map((component) => COMPONENTS[component]);
  if (components.includes(undefined)) throw new Error(`a match key that this client does not know: ${rule}`);
  return { name, tier, components };
}

function readDate(text) {
  const [, a, separator, month, c] = /^(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})$/.exec(text) ?? [];
  const iso = a?.length === 4 && c.length <= 2;
  if (!separator || (!iso && !(c.length === 4 && a.length <= 2))) throw new Refused();
  const [y, m, d] = [iso ? a : c, month, iso ? c : a].map(Number);
  const lastDay = new Date(Date.UTC(y, m, 0)).getUTCDate();
  if (y < 1850 || y > 2150 || m < 1 || m > 12 || d < 1 || d > lastDay) throw new Refused();
  const date = `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
  return date === '1900-01-01' || date === '1901-01-01' ? '' : date;
}

function readNhsNumber(text) {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{10}$/.test(digits)) throw new Refused();
  const sum = [...digits].slice(0, 9).reduce((total, digit, i) => total + digit * (10 - i), 0);
  if ((11 - (sum % 11)) % 11 !== Number(digits[9])) throw new Refused();
  return /^(\d)\1*$/.test(digits) ? '' : digits;
}

function readUpn(text) {
  const upn = text.replace(/[ -]/g, '').toUpperCase();
  if (!/^[A-Z]\d{11}[\dA-HJ-NP-RT-Z]$/.test(upn)) throw new Refused();
  const value = (c) => (/\d/.test(c) ? Number(c) : UPN_LETTERS.indexOf(c));
  const sum = [...upn].slice(1).reduce((total, c, i) => total + value(c) * (i + 2), 0);
  if (upn[0] !== UPN_LETTERS[sum % 23]) throw new Refused();
  return upn;
}

const byCodePoint = (a, b) => a.codePointAt(0) - b.codePointAt(0);
const byBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const pair = (a, b) => (a && b ? [a, b].sort(byBytes).join('+') : '');
const canonical = (normal, name) => normal.canonical.get(name) ?? name;
const isMohammed = (normal) => canonical(normal, normal.forenames[0]) === 'mohammed';
const forename = (normal) => (isMohammed(normal) ? 'mohammed' : (normal.forenames[0] ?? ''));
const callName = (normal) => (isMohammed(normal) && normal.forenames[1]) || forename(normal);
const surname = (normal) => normal.surname.join('');
const lastSurname = (normal) => {
  const { length, [length - 1]: last } = normal.surname;
  return length > 1 && bytes(last) >= 3 ? last : surname(normal);
};
const head = (name, count) => {
  let letters = 0;
  return [...name].filter((c) => (letters += /\p{M}/u.test(c) ? 0 : 1) <= count).join('');
};
const ends = (name, first, last) => {
  const letters = name.match(/^\p{M}+\P{M}?\p{M}*|\P{M}\p{M}*/gu) ?? [];
  return [...letters.slice(0, first), ...letters.slice(Math.max(first, letters.length - last))].join('');
};
const sound = (name) => (/^[a-z]*$/.test(name) ? nysiis(name) : name);
const dateParts = (normal, order) => {
  const [year, ...rest] = normal.date_of_birth.split('-');
  return year && year + order(rest).join('');
};

const COMPONENTS = {
  'nhs number': (normal) => normal.nhs_number,
  upn: (normal) => normal.upn,
  'sorted letters of all names': (normal) =>
    forename(normal) && surname(normal)
      ? [...normal.forenames, ...normal.surname]
          .flatMap((part) => [...part])
          .sort(byCodePoint)
          .join('')
      : '',
  'sorted NYSIIS 1970 of canonical call name and of last surname': (normal) => {
    const last = lastSurname(normal);
    const code = sound(last);
    return pair(sound(canonical(normal, callName(normal))), bytes(last) <= 3 ? head(code, 1) : code);
  },
  'sorted first 3 letters of forename and of surname': (normal) =>
    pair(head(forename(normal), 3), head(surname(normal), 3)),
  'sorted first letter and last 2 of forename and first 2 and last 2 of surname': (normal) =>
    pair(ends(forename(normal), 1, 2), ends(surname(normal), 2, 2)),
  date: (normal) => dateParts(normal, (rest) => rest),
  'year, sorted day and month': (normal) => dateParts(normal, (rest) => rest.sort()),
};

const BEGINNINGS = [
  ['mac', 'mcc'],
  ['kn', 'nn'],
  ['k', 'c'],
  ['ph', 'ff'],
  ['pf', 'ff'],
  ['sch', 'sss'],
];
const ENDINGS = [
  ['ee', 'y'],
  ['ie', 'y'],
  ['dt', 'd'],
  ['rt', 'd'],
  ['rd', 'd'],
  ['nt', 'd'],
  ['nd', 'd'],
];
const LETTERS = [
  ['ev', 'af'],
  ['a', 'a'],
  ['e', 'a'],
  ['i', 'a'],
  ['o', 'a'],
  ['u', 'a'],
  ['q', 'g'],
  ['z', 's'],
  ['m', 'n'],
  ['kn', 'n'],
  ['k', 'c'],
  ['sch', 'sss'],
  ['ph', 'ff'],
];
const isVowel = (c) => c !== undefined && 'aeiou'.includes(c);

export function nysiis(name) {
  const beginning = BEGINNINGS.find(([from]) => name.startsWith(from));
  if (beginning) name = beginning[1] + name.slice(beginning[0].length);
  const ending = ENDINGS.find(([from]) => name.endsWith(from));
  if (ending) name = name.slice(0, -ending[0].length) + ending[1];
  let code = '';
  for (let i = 0; i < name.length; i++) {
    const rule = i > 0 && LETTERS.find(([from]) => name.startsWith(from, i));
    if (rule) {
      name = name.slice(0, i) + rule[1] + name.slice(i + rule[0].length);
    } else if (i > 0) {
      const silentH = name[i] === 'h' && !(isVowel(name[i - 1]) && isVowel(name[i + 1]));
      if (silentH || (name[i] === 'w' && isVowel(name[i - 1])))
        name = name.slice(0, i) + name[i - 1] + name.slice(i + 1);
    }
    if (code.at(-1) !== name[i]) code += name[i];
  }
  if (code.length > 1) code = code.replace(/s$/, '');
  if (code.length > 2) code = code.replace(/ay$/, 'y');
  return code.length > 1 ? code.replace(/a$/, '') : code;
}
