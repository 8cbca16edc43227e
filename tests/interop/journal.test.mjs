// SPDX-License-Identifier: Apache-2.0
// The journal of real daemons, attacked by its operator: the script of another language (verify_journal.mjs) and
// `indexctl journal verify` must both find every attack, and both pass what is whole.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { House, indexctl } from './house.mjs';
import { verifyJournal } from './verify_journal.mjs';

const RECORDS = 300; // more than a tile
let house, north, trust, whole, heads, earlier;
let copies = 0;

const path = (...names) => join(house.dir, ...names);
const verifyInC = (folder, ...args) =>
  indexctl(house.dir, 'journal', 'verify', '--export', folder, '--trust', 'authority/trust', ...args);

before(async () => {
  house = await House.open();
  north = house.node('north');
  trust = house.read('authority/trust').toString();
  // Questions about nobody: a record is a record, and tokens at random cost nothing to make.
  const child = () => north.descriptor.slots.map(() => randomBytes(16).toString('base64'));
  const ask = async (count) => {
    for (let i = 0; i < count; i++) {
      await north.request(north.descriptor.indexes[0], '/v1/questions', {
        purpose: 'assessment',
        epochs: [north.descriptor.epoch],
        children: [child()],
      });
    }
  };
  await north.change('open', [{ forenames: 'Tom', surname: 'Abel', date_of_birth: '2015-03-02', ref: 'c1' }]);
  await ask(20);
  assert.equal(indexctl(house.dir, 'journal', 'checkpoint', '--config', 'index.ini').status, 0);
  assert.equal(indexctl(house.dir, 'journal', 'export', '--config', 'index.ini', 'earlier').status, 0);
  earlier = path('earlier');
  await ask(RECORDS);
  assert.equal(indexctl(house.dir, 'journal', 'checkpoint', '--config', 'index.ini').status, 0);
  const made = indexctl(house.dir, 'journal', 'export', '--config', 'index.ini', 'whole');
  assert.match(made.stdout, /exported \d+ records/);
  whole = path('whole');
  heads = await Promise.all(
    north.descriptor.holders.map(async (holder) => (await north.request(holder, '/v1/witness')).checkpoints[0]),
  );
  heads.forEach((head, i) => writeFileSync(path(`head-${i + 1}`), head));
});

after(async () => {
  north.close();
  await house.close();
});

// ---- what an operator can do to a copy

function copyOf(folder) {
  const copy = path(`copy-${(copies += 1)}`);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function segmentOf(folder) {
  const [file] = readdirSync(join(folder, 'journal'));
  return join(folder, 'journal', file);
}

function readFrames(folder) {
  const bytes = readFileSync(segmentOf(folder));
  const frames = [];
  for (let at = 36; at < bytes.length; at += 16 + frames.at(-1).length) {
    frames.push(bytes.subarray(at + 16, at + 16 + bytes.readUInt32BE(at)));
  }
  return frames;
}

// Writes the frames with good headers, as whoever runs the index could.
function writeFrames(folder, frames) {
  const segment = segmentOf(folder);
  const header = readFileSync(segment).subarray(0, 36);
  let at = 36;
  const parts = frames.map((sealed) => {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(sealed.length, 0);
    const offset = Buffer.alloc(8);
    offset.writeBigUInt64BE(BigInt(at));
    const sum = createHash('sha256').update(header.subarray(20, 28)).update(offset).update(head.subarray(0, 12));
    sum.digest().copy(head, 12, 0, 4);
    at += 16 + sealed.length;
    return Buffer.concat([head, sealed]);
  });
  writeFileSync(segment, Buffer.concat([header, ...parts]));
}

function changed(change) {
  const copy = copyOf(whole);
  const frames = readFrames(copy);
  writeFrames(copy, change(frames) ?? frames);
  return copy;
}

function rootOf(frames) {
  const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const tree = (leaves) => {
    if (leaves.length === 1) return leaves[0];
    const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
    return hash(Buffer.from([1]), tree(leaves.slice(0, k)), tree(leaves.slice(k)));
  };
  return tree(frames.map((sealed) => hash(Buffer.from([0]), sealed)));
}

// The head of these records, signed with the log's own key, which the operator has.
function signedHead(frames) {
  const [name, id] = house.read('store/log/vkey').toString().trim().split('+');
  const seed = house.read('store/log.key');
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const text = `${name}\n${frames.length}\n${rootOf(frames).toString('base64')}\n`;
  const signature = Buffer.concat([Buffer.from(id, 'hex'), sign(null, Buffer.from(text), key)]);
  assert.equal(createPublicKey(key).asymmetricKeyType, 'ed25519');
  return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`;
}

function refused(folder, why, given = []) {
  assert.throws(() => verifyJournal(folder, trust, given.map((name) => readFileSync(path(name), 'utf8'))), why);
  const { status, stderr } = verifyInC(folder, ...given.flatMap((name) => ['--head', name]));
  assert.equal(status, 2, stderr);
  return stderr;
}

// ---- what must be found

test('a whole journal is verified, with the heads of every key holder', () => {
  const found = verifyJournal(whole, trust, heads);
  assert.equal(found.records, readFrames(whole).length);
  assert.equal(found.cosigned, found.records);
  assert.equal(found.cosigners, 3);
  const { status, stdout, stderr } = verifyInC(whole, '--head', 'head-1', '--head', 'head-2');
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`records 1 to ${found.records} are whole`));
});

test('the script says so from the command line', () => {
  const run = spawnSync(process.execPath, ['verify_journal.mjs', whole, path('authority/trust'), path('head-1')]);
  assert.equal(run.status, 0, run.stderr.toString());
  assert.equal(JSON.parse(run.stdout).cosigners, 3);
  writeFileSync(path('no-log'), trust.replace(/^log .*\n/m, ''));
  assert.notEqual(spawnSync(process.execPath, ['verify_journal.mjs', whole, path('no-log')]).status, 0);
});

test('a flipped byte is found, wherever it is, and the record named', () => {
  for (const record of [1, 2, 150, 256, 257, RECORDS]) {
    const copy = changed((frames) => {
      frames[record - 1] = Buffer.from(frames[record - 1]);
      frames[record - 1][record % frames[record - 1].length] ^= 0x10;
    });
    assert.match(refused(copy, /not the records of head/), new RegExp(`record ${record} is not the one`));
  }
});

test('a byte flipped in a frame is damage', () => {
  const copy = copyOf(whole);
  const bytes = readFileSync(segmentOf(copy));
  bytes[36 + 2] ^= 1;
  writeFileSync(segmentOf(copy), bytes);
  refused(copy, /no frame at 36/);
});

test('a dropped record is found', () => {
  const middle = changed((frames) => frames.filter((_, i) => i !== 99));
  assert.match(refused(middle, /cut back|not the records/), /record 100 is not the one|ends with record/);
  refused(changed((frames) => frames.slice(0, -1)), /cut back/);
});

test('records that changed places are found', () => {
  const copy = changed((frames) => {
    [frames[40], frames[41]] = [frames[41], frames[40]];
  });
  assert.match(refused(copy, /not the records/), /record 41 is not the one/);
});

test('a record put in is found', () => {
  const copy = changed((frames) => frames.toSpliced(10, 0, frames[200]));
  assert.match(refused(copy, /not the records/), /record 11 is not the one/);
});

test('a head that the operator signs for altered records lacks the cosignatures', () => {
  const copy = changed((frames) => frames.filter((_, i) => i !== 99));
  const head = signedHead(readFrames(copy));
  writeFileSync(join(copy, 'log/checkpoint'), head);
  refused(copy, /cut back|not the records/); // against the cosigned head that stands there
  writeFileSync(join(copy, 'log/cosigned'), head);
  assert.match(refused(copy, /cosigned by 0/), /cosigned by 0 key holders/);
  const borrowed = head + heads[0].split('\n').filter((line) => line.includes('holder')).join('\n') + '\n';
  writeFileSync(join(copy, 'log/cosigned'), borrowed); // cosignatures of another head
  assert.match(refused(copy, /cosigned by 0/), /cosigned by 0 key holders/);
  rmSync(join(copy, 'log/cosigned'));
  refused(copy, /ENOENT/);
});

test('a journal that was cut back together with its heads is whole in itself, and found by the head of any holder', () => {
  assert.equal(verifyJournal(earlier, trust).cosigners, 3);
  assert.match(verifyInC(earlier).stdout, /cut back together with its heads would not show/);
  for (const head of ['head-1', 'head-2', 'head-3']) {
    assert.match(refused(earlier, /cut back/, [head]), /ends with record .* it was cut back/);
  }
});

test('a cut back journal whose head the operator has signed anew is found', () => {
  const copy = changed((frames) => frames.slice(0, 100));
  writeFileSync(join(copy, 'log/checkpoint'), signedHead(readFrames(copy)));
  refused(copy, /cut back/);
});

test('key holders refuse a rolled back or forked head that the log has signed', async () => {
  const client = house.node('index');
  const frames = readFrames(whole);
  const submit = (old, proof, checkpoint) =>
    client.request(client.descriptor.holders[1], '/v1/witness', { old, proof, checkpoint });
  await assert.rejects(submit(0, [], signedHead(frames.slice(0, 100))), /409.*conflict/);
  await assert.rejects(submit(frames.length, [], signedHead(frames.slice(0, 100))), /400/);
  const fork = [...frames.slice(1), frames[0]];
  await assert.rejects(submit(frames.length, [], signedHead(fork)), /409.*conflict/);
  await assert.rejects(submit(frames.length, [], signedHead([...fork, frames[3]])), /422.*inconsistent/);
  await assert.rejects(north.request(north.descriptor.holders[1], '/v1/witness', { old: 0, proof: [], checkpoint: 'x' }), /403/);
  assert.match((await submit(frames.length, [], signedHead(frames))).cosignature, /demo-holder-2/);
  client.close();
});

test('a proof that a record is in the journal holds', () => {
  const frames = readFrames(whole);
  const hash = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
  for (const record of [1, 2, 77, 256, 257, frames.length]) {
    const { stdout } = indexctl(house.dir, 'journal', 'prove', 'inclusion', '--export', whole, `${record}`);
    const [first, extra, index, ...rest] = stdout.slice(0, stdout.indexOf('\n\n')).split('\n');
    assert.equal(first, 'c2sp.org/tlog-proof@v1');
    assert.equal(index, `index ${record - 1}`);
    let made = hash(Buffer.from([0]), frames[record - 1]);
    assert.equal(extra, `extra ${made.toString('base64')}`);
    let [at, last] = [record - 1, frames.length - 1]; // RFC 9162, 2.1.3.2
    for (const line of rest) {
      const other = Buffer.from(line, 'base64');
      if (at & 1 || at === last) {
        made = hash(Buffer.from([1]), other, made);
        while (!(at & 1) && at !== 0) [at, last] = [at >> 1, last >> 1];
      } else {
        made = hash(Buffer.from([1]), made, other);
      }
      [at, last] = [at >> 1, last >> 1];
    }
    assert.ok(made.equals(rootOf(frames)) && last === 0, `record ${record}`);
  }
  assert.equal(indexctl(house.dir, 'journal', 'prove', 'inclusion', '--export', whole, '0').status, 2);
  assert.equal(indexctl(house.dir, 'journal', 'prove', 'inclusion', '--export', whole, `${frames.length + 1}`).status, 2);
  assert.equal(indexctl(house.dir, 'journal', 'prove', 'consistency', '--export', whole, '20', '300').status, 0);
});

test('the journal and the database hold nothing in clear, and a copy holds no key', () => {
  const bytes = [segmentOf(whole), path('store/lmdb/data.mdb')].map((name) => readFileSync(name));
  for (const text of ['north', 'south', 'assessment', 'canary', 'urn:signpost']) {
    for (const one of bytes) assert.equal(one.indexOf(text), -1, text);
  }
  assert.deepEqual(readdirSync(whole).sort(), ['journal', 'log']);
});
