// SPDX-License-Identifier: Apache-2.0
// The signed scheme descriptor: C2SP signed notes (c2sp.org/signed-note) with Ed25519, by docs/protocol.md,
// "Signed files".
import { createHash, createPublicKey, verify } from 'node:crypto';

function readVerifier(line) {
  const [name, hash, ...rest] = line.split('+');
  const key = Buffer.from(rest.join('+'), 'base64'); // 1, then the public key
  const expected = createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);
  if (key.length !== 33 || key[0] !== 1 || expected.toString('hex') !== hash)
    throw new Error('trust: not a verifier key');
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') };
  return { name, hash, key: createPublicKey({ key: jwk, format: 'jwk' }) };
}

function readTrust(text) {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
  const of = (word) => rows.filter(([first]) => first === word).map(([, second]) => second);
  return {
    threshold: Number(of('threshold')[0]),
    authority: readVerifier(of('authority')[0]),
    holders: of('holder').map(readVerifier),
  };
}

function hasSigned({ name, hash, key }, text, lines) {
  const signatures = lines
    .filter((line) => line.startsWith(`\u2014 ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), 'base64'))
    .filter((signature) => signature.subarray(0, 4).toString('hex') === hash);
  return (
    signatures.length > 0 &&
    signatures.every((signature) => verify(null, Buffer.from(text), key, signature.subarray(4)))
  );
}

// The descriptor as an object, its binary members as buffers. A client that keeps files also refuses a lower version
// than it has seen, and a changed first commitment within an epoch.
export function openDescriptor(note, trustText, matching, now = new Date()) {
  const trust = readTrust(trustText);
  const end = note.lastIndexOf('\n\n') + 1;
  const [text, lines] = [
    note.slice(0, end),
    note
      .slice(end + 1)
      .trimEnd()
      .split('\n'),
  ];
  const holders = trust.holders.filter((holder) => hasSigned(holder, text, lines)).length;
  if (!hasSigned(trust.authority, text, lines) || holders < trust.threshold) throw new Error('descriptor: not signed');
  const descriptor = JSON.parse(text);
  if (descriptor.type !== 'signpost descriptor 1') throw new Error('descriptor: of another kind');
  if (new Date(descriptor.expires) <= now) throw new Error('descriptor: expired');
  if (descriptor.matching_digest !== matching.digest) throw new Error('descriptor: other matching rules than ours');
  if (
    descriptor.threshold !== trust.threshold ||
    descriptor.commitments.length !== trust.threshold ||
    descriptor.holders.length !== trust.holders.length
  )
    throw new Error('descriptor: another threshold');
  const points = (texts) => texts.map((text) => Buffer.from(text, 'base64'));
  descriptor.commitments = points(descriptor.commitments);
  // The keys under which every record has tokens: the present one, and during a rotation the one before.
  const { epoch, generation, commitments, previous, slots } = descriptor;
  descriptor.keys = [{ epoch, generation, commitments, canaries: slots.map((slot) => slot.canary_token) }];
  if (previous && previous.epoch !== epoch) {
    const canaries = previous.canary_tokens;
    descriptor.keys.push({ ...previous, commitments: points(previous.commitments), canaries });
  }
  return descriptor;
}
