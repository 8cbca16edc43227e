// SPDX-License-Identifier: Apache-2.0
// Verifies an exported journal by docs/journal.md alone: node verify_journal.mjs FOLDER TRUST [HEAD...]
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const check = (good, why) => {
  if (!good) throw new Error(why);
};

function readKey(vkey) {
  const [name, , ...rest] = vkey.split('+');
  const raw = Buffer.from(rest.join('+'), 'base64').subarray(1);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return { name, key, id: (algorithm) => sha256(`${name}\n`, Buffer.from([algorithm]), raw).subarray(0, 4) };
}

// Whether the note bears this key's signature: algorithm 1 of the text, 4 (a cosignature) of its time and the text.
function hasSigned({ name, key, id }, { text, lines }, algorithm) {
  const found = lines
    .filter((line) => line.startsWith(`\u2014 ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), 'base64'))
    .filter((signature) => signature.subarray(0, 4).equals(id(algorithm)));
  const message = (s) => (algorithm === 4 ? `cosignature/v1\ntime ${s.readBigUInt64BE(4)}\n` : '') + text;
  return found.length > 0 && found.every((s) => verify(null, Buffer.from(message(s)), key, s.subarray(-64)));
}

function readHead(note, log) {
  const at = note.indexOf('\n\n') + 1;
  const head = { text: note.slice(0, at), lines: note.slice(at + 1).split('\n') };
  const [origin, size, root] = head.text.split('\n');
  check(origin === log.name && hasSigned(log, head, 1), 'a head that the log has not signed');
  return { ...head, size: Number(size), root: Buffer.from(root, 'base64') };
}

// The sealed records in order, from the frames of all segments.
function* sealedRecords(folder) {
  let next = 1n;
  for (const file of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, file));
    const name = bytes.subarray(20, 28);
    check(bytes.toString('latin1', 0, 16) === 'signpost journal' && bytes.readUInt32BE(16) === 1, `${file}: header`);
    check(`${name.toString('latin1', 0, 7)}.seg` === file && bytes.readBigUInt64BE(28) === next, `${file}: order`);
    for (let at = 36; at < bytes.length; ) {
      const offset = Buffer.alloc(8);
      offset.writeBigUInt64BE(BigInt(at));
      const end = at + 16 + bytes.readUInt32BE(at);
      const sum = sha256(name, offset, bytes.subarray(at, at + 12)).subarray(0, 4);
      check(sum.equals(bytes.subarray(at + 12, at + 16)) && end <= bytes.length, `${file}: no frame at ${at}`);
      yield bytes.subarray(at + 16, end);
      next += 1n;
      at = end;
    }
  }
}

export function verifyJournal(folder, trust, given = []) {
  const of = (word) => [...trust.matchAll(new RegExp(`^${word} (.*)$`, 'gm'))].map((match) => match[1]);
  const own = readFileSync(join(folder, 'log/vkey'), 'latin1').trim();
  check(of('log').includes(own), 'the trust file does not name this journal');
  const [log, holders, threshold] = [readKey(own), of('holder').map(readKey), Number(of('threshold')[0])];
  const heads = ['checkpoint', 'cosigned'].map((name) => readFileSync(join(folder, 'log', name), 'utf8')).concat(given);
  const read = heads.map((note) => readHead(note, log));
  const cosigners = holders.filter((holder) => hasSigned(holder, read[1], 4)).length;
  check(cosigners >= threshold, `cosigned by ${cosigners} of ${threshold}`);
  const roots = []; // of perfect subtrees, largest first: RFC 6962
  const node = (left, right) => sha256(Buffer.from([1]), left, right);
  let size = 0;
  for (const sealed of sealedRecords(join(folder, 'journal'))) {
    roots.push(sha256(Buffer.from([0]), sealed));
    for (let bits = size; bits & 1; bits >>= 1) roots.push(node(...roots.splice(-2)));
    size += 1;
    for (const head of read.filter((one) => one.size === size)) {
      check(roots.reduceRight((right, left) => node(left, right)).equals(head.root), `not the records of head ${size}`);
    }
  }
  check(read.every((head) => head.size <= size), `ends with record ${size}: cut back`);
  return { records: size, cosigned: read[1].size, cosigners, tiles: existsSync(join(folder, 'log/tile')) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, trust, ...given] = process.argv.slice(2);
  const text = (path) => readFileSync(path, 'utf8');
  console.log(JSON.stringify(verifyJournal(folder, text(trust), given.map(text))));
}
