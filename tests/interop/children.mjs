// SPDX-License-Identifier: Apache-2.0
// Generated children with names in many scripts, and how a second agency may have written each down. No two share a
// date of birth, so that what is found is found for the reason that the question tests.
const NAMES = [
  ['Zoë Anaïs Chloé Renée', 'Lefèvre Nuñez François García'],
  ['Łukasz Zofia Małgorzata Wiesia', 'Wójcik Kołodziej Wiśniewska Żółtko'],
  ['Þorbjörn Æsa Søren Guðrún', 'Østergaard Straßer Þorsdóttir Kærgård'],
  ['Işıl İbrahim Çağla Gül', 'Şahin Yıldız Öztürk İnan'],
  ['Ștefan Cătălina Ioana Țauca', 'Păunescu Ţurcanu Bălăceanu Mărgean'],
  ['Nguyễn Thị Đức Hương', 'Đặng Trần Phạm Bùi'],
  ['Olúwaséun Adéọlá Chịdị Ẹbọn', 'Adébáyọ̀ Okàfọ Nyạnté Ọla'],
  ['Anne-Marie Jean‐Luc Mary–Kate Lily-Mae', 'Smith-Jones Hargreaves-Lowe Lloyd‐George Al-Amin'],
  ['D\u0027Arcy Ta\u2019Liyah Ka\u02bbiulani De\u0060Andre', 'O\u0027Brien O\u2019Connor D\u02bcSouza N\u2018Diaye'],
  ['Анна Игорь Сергій Йован', 'Иванова Чайковский Шевченко Ёлкин'],
  ['Αλέξανδρος Ελένη Νίκος Ζωή', 'Παπάς Γεωργίου Νικολάου Ρήγας'],
  ['Արամ Անահիտ Տիգրան Նարե', 'Մկրտչյան Սարգսյան Պետրոսյան Հակոբյան'],
  ['مُحَمّد فاطمة عبد\u200cالله آمنة', 'علي حسين التميمي كريم'],
  ['שָׂרָה דוד נועם יעל', 'כהן לוי מזרחי פרץ'],
  ['प्रिया अर्जुन गीता रवि', 'शर्मा गुप्ता पटेल सिंह'],
  ['রহিম ফাতেমা সুমন নাসরিন', 'চৌধুরী হোসেন খান বেগম'],
  ['伟 秀英 小明 \u{20bb7}', '王 李 欧阳 张'],
  ['지우 민준 서연 하늘', '김 이 박 남궁'],
  ['አበበ ሰላም ተስፋዬ ሃና', 'በቀለ ከበደ ወልዴ ታደሰ'],
].map((lists) => lists.map((list) => list.split(' ')));

const pad = (number) => String(number).padStart(2, '0');
const iso = ([year, month, day]) => `${year}-${pad(month)}-${pad(day)}`;

// Day and month are different and at most 12: they can be exchanged, and no other child has the exchanged date.
function dateOf(i) {
  const pairs = [...Array(144).keys()].map((n) => [1 + Math.floor(n / 12), 1 + (n % 12)]).filter(([a, b]) => a < b);
  const [a, b] = pairs[Math.floor(i / 17)];
  return i % 2 ? [2008 + (i % 17), a, b] : [2008 + (i % 17), b, a];
}

function nhsNumber(serial) {
  const digits = `999${String(serial).padStart(6, '0')}`;
  const sum = [...digits].reduce((total, digit, i) => total + digit * (10 - i), 0);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? nhsNumber(serial + 1) : digits + check;
}

function upn(serial) {
  const body = `80120${String(serial).padStart(7, '0')}`;
  const sum = [...body].reduce((total, digit, i) => total + digit * (i + 2), 0);
  return 'ABCDEFGHJKLMNPQRTUVWXYZ'[sum % 23] + body;
}

// Half of them have the names of `english`, children of make_caseload.
export function makeChildren(count, english) {
  return Array.from({ length: count }, (_, i) => {
    const [forenames, surnames] = NAMES[(i >> 1) % NAMES.length];
    const foreign = { forenames: forenames[i % 4], surname: surnames[(i >> 2) % 4] };
    const { forenames: given, surname } = i % 2 ? foreign : english[i];
    const identifiers = { nhs_number: nhsNumber(1000 + 20 * i), upn: upn(1000 + i) };
    return {
      ref: `case-${i}`,
      forenames: given,
      surname,
      date: dateOf(i),
      date_of_birth: iso(dateOf(i)),
      ...identifiers,
    };
  });
}

// What the other agency may know, and why it is found.
const WRITTEN = {
  'in other letters': (child) => ({
    ...child,
    forenames: `  ${child.forenames.toUpperCase().normalize('NFD')} `,
    surname: child.surname.toLowerCase().normalize('NFKD'),
    nhs_number: child.nhs_number.replace(/^(...)(...)/, '$1 $2-'),
  }),
  'NHS number alone': ({ nhs_number }) => ({ nhs_number }),
  'UPN alone': ({ upn }) => ({ upn: upn.toLowerCase() }),
  'names and date alone': ({ forenames, surname, date_of_birth }) => ({ forenames, surname, date_of_birth }),
  'names exchanged, day and month too': ({ forenames, surname, date: [year, month, day] }) => ({
    forenames: surname,
    surname: forenames,
    date_of_birth: `${month}.${day}.${year}`,
  }),
  'another middle name, day and month exchanged': ({ forenames, surname, date: [year, month, day] }) => ({
    forenames: `${forenames} Quentin`,
    surname,
    date_of_birth: iso([year, day, month]),
  }),
  'a surname mistyped at its end': ({ forenames, surname, date: [year, month, day] }) => ({
    forenames,
    surname: `${surname}xq`,
    date_of_birth: `${day}/${month}/${year}`,
  }),
  'another child': ({ forenames, surname, date: [, month, day] }) => ({
    forenames,
    surname,
    date_of_birth: iso([1990, month, day]),
  }),
};
const WAYS = Object.values(WRITTEN);
export const wayCount = WAYS.length;

export function writtenDown(child, i) {
  return { ref: child.ref, ...WAYS[(i >> 1) % WAYS.length](child) };
}

// What the index must say of a question about a child that another agency has registered as current.
export function expectedAnswer(matching, child, question) {
  const [registered, asked] = [child, question].map((details) => matching.values(details));
  const shared = matching.slots.filter((_, i) => asked[i] !== '' && asked[i] === registered[i]);
  if (shared.length === 0) return 'no';
  return shared.some(({ tier }) => tier === 'sure') ? 'yes' : 'possibly';
}
