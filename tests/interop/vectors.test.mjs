// SPDX-License-Identifier: Apache-2.0
// proto/vectors.json, made by the C code, checked step by step by code that shares none with it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Client } from './client.mjs';
import * as oprf from './oprf.mjs';
import { openDescriptor } from './scheme.mjs';
import { Matching, Refused, nysiis } from './values.mjs';

const vectors = JSON.parse(readFileSync(process.env.SIGNPOST_VECTORS, 'utf8'));
const matching = new Matching(vectors.matching);
const children = vectors.children.filter((child) => child.slots);
const commitments = vectors.keys.commitments.map(unhex);
const open = (note, trust = vectors.trust, rules = matching, now = undefined) =>
  openDescriptor(note, trust, rules, now);

function unhex(text) {
  return Buffer.from(text, 'hex');
}

function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}

function changed(bytes, at) {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
}

test('every character of Unicode folds alike', () => {
  const lines = execFileSync(process.env.MAKE_FOLDING, { maxBuffer: 1 << 26 })
    .toString()
    .trim()
    .split('\n');
  assert.ok(lines.length > 200000);
  for (const line of lines) {
    const [code, folded] = line.split(' ');
    assert.equal(hex(matching.fold(`a${String.fromCodePoint(parseInt(code, 16))}b`)), folded, `U+${code}`);
  }
});

test('names sound alike', () => {
  assert.ok(Object.keys(vectors.sounds).length > 30);
  for (const [name, code] of Object.entries(vectors.sounds)) assert.equal(nysiis(name), code, name);
});

test('details are normalised alike, and give the same values', () => {
  assert.ok(children.length > 40);
  for (const child of children) {
    assert.deepEqual(matching.normalise(child), child.normal, child.shows);
    const values = matching.values(child).map((value, i) => ({ slot: matching.slots[i].name, value }));
    const expected = child.slots.map(({ slot, value }) => ({ slot, value }));
    assert.deepEqual(
      values.filter(({ value }) => value),
      expected,
      child.shows,
    );
  }
});

test('wrong details are refused alike, by the name of the field', () => {
  const refused = vectors.children.filter((child) => child.refused);
  assert.ok(refused.length >= 10);
  for (const child of refused) {
    assert.throws(
      () => matching.values(child),
      (error) => error instanceof Refused && error.message === child.refused,
      child.shows,
    );
  }
});

test('rules and tables that are not known are refused', () => {
  const { rules, tables } = vectors.matching;
  assert.throws(() => new Matching({ rules, tables: [...tables, 'particle van'] }), /does not know/);
  assert.throws(() => new Matching({ rules: ['extra sure: shoe size'], tables }), /does not know/);
});

test('inputs, blinded elements, outputs and tokens are the same', () => {
  for (const child of children) {
    for (const step of child.slots) {
      const input = oprf.tokenInput(vectors.scheme, vectors.epoch, step.slot, step.value);
      const blind = oprf.blind(input, oprf.readScalar(unhex(step.blind)));
      const output = oprf.finalize(blind, unhex(step.combined));
      assert.equal(hex(input), step.input);
      assert.equal(hex(blind.blinded), step.blinded);
      assert.equal(hex(output), step.output);
      assert.equal(hex(oprf.tokenOf(output)), step.token);
    }
  }
});

test('a fresh blind gives the same token and another blinded element', () => {
  const step = children[0].slots[0];
  const key = oprf.readScalar(unhex(vectors.keys.key));
  const blind = oprf.blind(unhex(step.input));
  const evaluated = oprf.readElement(blind.blinded).multiply(key).toBytes();
  assert.notEqual(hex(blind.blinded), step.blinded);
  assert.equal(hex(oprf.tokenOf(oprf.finalize(blind, evaluated))), step.token);
});

test("public keys come from the commitments, and are the shares'", () => {
  vectors.keys.shares.forEach((share, i) => {
    const key = oprf.Point.BASE.multiply(oprf.readScalar(unhex(share))).toBytes();
    assert.equal(hex(oprf.publicKey(commitments, i + 1)), vectors.keys.public_keys[i]);
    assert.equal(hex(key), vectors.keys.public_keys[i]);
  });
});

test("holders' evaluations and proofs are the same under the same nonce, and hold", () => {
  for (const child of children) {
    const blinded = child.slots.map((step) => unhex(step.blinded));
    for (const { holder, nonce, elements, proof } of child.replies) {
      const share = oprf.readScalar(unhex(vectors.keys.shares[holder - 1]));
      const key = oprf.publicKey(commitments, holder);
      const evaluated = blinded.map((element) => Buffer.from(oprf.readElement(element).multiply(share).toBytes()));
      assert.deepEqual(evaluated.map(hex), elements);
      const [M, Z] = oprf.composites(key, blinded, evaluated);
      const r = oprf.readScalar(unhex(nonce));
      const c = oprf.challenge(key, M, Z, oprf.Point.BASE.multiply(r), M.multiply(r));
      const s = oprf.Fn.sub(r, oprf.Fn.mul(c, share));
      assert.equal(hex(oprf.Fn.toBytes(c)) + hex(oprf.Fn.toBytes(s)), proof);
      oprf.verifyProof(key, blinded, evaluated, unhex(proof));
    }
  }
});

test('any two holders give what the whole key gives', () => {
  for (const child of children) {
    const replies = child.replies.map(({ holder, elements }) => ({ holder, elements: elements.map(unhex) }));
    assert.deepEqual(
      oprf.combine(replies).map(hex),
      child.slots.map((step) => step.combined),
    );
  }
});

test('a proof that does not hold is refused', () => {
  const child = children[0];
  const blinded = child.slots.map((step) => unhex(step.blinded));
  const { holder, elements, proof } = child.replies[0];
  const other = child.replies[1];
  const evaluated = elements.map(unhex);
  const key = oprf.publicKey(commitments, holder);
  const verify =
    (...args) =>
    () =>
      oprf.verifyProof(...args);
  assert.doesNotThrow(verify(key, blinded, evaluated, unhex(proof)));
  assert.throws(verify(key, blinded, evaluated, changed(unhex(proof), 0)));
  assert.throws(verify(key, blinded, evaluated, changed(unhex(proof), 32)));
  assert.throws(verify(key, blinded, other.elements.map(unhex), unhex(proof)));
  assert.throws(verify(key, [...blinded].reverse(), [...evaluated].reverse(), unhex(proof)));
  assert.throws(verify(key, blinded, evaluated.slice(1), unhex(proof)));
  assert.throws(verify(key, [], [], unhex(proof)));
  assert.throws(verify(oprf.publicKey(commitments, other.holder), blinded, evaluated, unhex(proof)));
});

test('the identity, and what is not canonical, is refused', () => {
  const order = Buffer.from(oprf.Fn.ORDER.toString(16).padStart(64, '0'), 'hex').reverse();
  assert.throws(() => oprf.readElement(Buffer.alloc(32)), /identity/);
  assert.throws(() => oprf.readElement(Buffer.alloc(32, 0xff)));
  assert.throws(() => oprf.readElement(Buffer.alloc(31)));
  assert.throws(() => oprf.readScalar(Buffer.alloc(32)), /zero/);
  assert.throws(() => oprf.readScalar(order), /canonical/);
});

test('the descriptor is read only when it is signed, in force and ours', () => {
  const { descriptor, trust } = vectors;
  const lines = descriptor.split('\n');
  const without = (signer) => lines.filter((line) => !line.startsWith(`\u2014 ${signer} `)).join('\n');
  assert.equal(open(descriptor).scheme, vectors.scheme);
  assert.deepEqual(open(descriptor).commitments, commitments);
  assert.throws(() => open(descriptor.replace('"version": 1', '"version": 2')), /not signed/);
  assert.throws(() => open(without('vectors/authority')), /not signed/);
  assert.throws(() => open(without('vectors/holder-3')), /not signed/);
  assert.throws(() => open(descriptor, trust.replace('vectors/holder-3', 'vectors/holder-4')), /verifier key/);
  assert.throws(() => open(descriptor, trust, { digest: '00' }), /matching/);
  assert.throws(() => open(descriptor, trust, matching, new Date('2100-01-01T00:00:00Z')), /expired/);
  assert.throws(() => open(descriptor, trust.replace('threshold 2', 'threshold 1')), /threshold/);
});

test("the canaries' tokens are those of the whole key", () => {
  const key = oprf.readScalar(unhex(vectors.keys.key));
  for (const slot of open(vectors.descriptor).slots) {
    const blind = oprf.blind(oprf.tokenInput(vectors.scheme, vectors.epoch, slot.name, slot.canary_value));
    const output = oprf.finalize(blind, oprf.readElement(blind.blinded).multiply(key).toBytes());
    assert.equal(oprf.tokenOf(output).toString('base64'), slot.canary_token);
  }
});

test('a record handle is the same', () => {
  const { key, reference, handle } = vectors.handle;
  const client = new Client({ ...vectors, matching, handleKey: unhex(key) });
  assert.equal(hex(client.handle(reference)), handle);
  client.close();
});
