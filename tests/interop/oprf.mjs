// SPDX-License-Identifier: Apache-2.0
// The client's part of RFC 9497, suite ristretto255-SHA512, mode VOPRF, and of the threshold: docs/protocol.md,
// "Tokens". JavaScript's big integers do not run in constant time: whoever shares a machine with strangers uses
// `signpost pipe`.
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ed25519, ristretto255, ristretto255_hasher as hasher } from '@noble/curves/ed25519';

export const { Point } = ristretto255;
export const Fn = ed25519.Point.Fn; // the scalars: ristretto255 has the same order
const CONTEXT = 'OPRFV1-\x01-ristretto255-SHA512';
const lp = (data) => {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};
const u32 = (number) => Buffer.from([24, 16, 8, 0].map((shift) => (number >>> shift) & 255));
const numberOf = (bytes) => BigInt('0x' + Buffer.from(bytes).reverse().toString('hex'));
const sha512 = (...parts) => createHash('sha512').update(Buffer.concat(parts)).digest();

export function readScalar(bytes) {
  const scalar = numberOf(bytes);
  if (bytes.length !== 32 || scalar === 0n || scalar >= Fn.ORDER) throw new Error('a scalar is zero or not canonical');
  return scalar;
}

export function readElement(bytes) {
  const element = Point.fromBytes(Uint8Array.from(bytes)); // refuses what is not canonical
  if (element.is0()) throw new Error('an element is the identity');
  return element;
}

const hashToScalar = (...parts) => hasher.hashToScalar(Buffer.concat(parts), { DST: `HashToScalar-${CONTEXT}` });

export const tokenInput = (scheme, epoch, slot, value) =>
  Buffer.concat([lp('signpost/1'), lp(scheme), u32(epoch), lp(slot), lp(value)]);

export function blind(input, fixed) {
  const scalar = fixed ?? Fn.create(numberOf(randomBytes(64)));
  const element = hasher.hashToCurve(input, { DST: `HashToGroup-${CONTEXT}` });
  return { input, scalar, blinded: Buffer.from(element.multiply(scalar).toBytes()) };
}

// PK_i = sum of i^j * C_j.
export function publicKey(commitments, holder) {
  const points = commitments.map(readElement);
  const powers = points.map((_, j) => BigInt(holder) ** BigInt(j));
  return Buffer.from(Point.msm(points, powers).toBytes());
}

// RFC 9497, 2.2.1 ComputeComposites, and the challenge over what they give.
export function composites(key, blinded, evaluated) {
  const seed = sha512(lp(key), lp(`Seed-${CONTEXT}`));
  const weights = blinded.map((element, i) =>
    hashToScalar(lp(seed), Buffer.from([i >> 8, i & 255]), lp(element), lp(evaluated[i]), Buffer.from('Composite')),
  );
  return [blinded, evaluated].map((elements) => Point.msm(elements.map(readElement), weights));
}

export const challenge = (key, ...points) =>
  hashToScalar(...[key, ...points.map((point) => point.toBytes())].map(lp), Buffer.from('Challenge'));

// RFC 9497, 2.2.2. Throws unless the holder of `key` has evaluated every element.
export function verifyProof(key, blinded, evaluated, proof) {
  if (blinded.length !== evaluated.length || blinded.length === 0) throw new Error('a reply of another length');
  const [c, s] = [readScalar(proof.subarray(0, 32)), readScalar(proof.subarray(32))];
  const [M, Z] = composites(key, blinded, evaluated);
  const t2 = Point.BASE.multiply(s).add(readElement(key).multiply(c));
  const t3 = M.multiply(s).add(Z.multiply(c));
  if (challenge(key, M, Z, t2, t3) !== c) throw new Error('the proof does not hold under this public key');
}

// Lagrange interpolation at zero. `replies`: [{holder, elements}], from t different holders, their proofs verified.
export function combine(replies) {
  const holders = replies.map(({ holder }) => BigInt(holder));
  const weights = holders.map((i) =>
    holders.filter((j) => j !== i).reduce((product, j) => Fn.mul(product, Fn.div(Fn.create(j), Fn.create(j - i))), 1n),
  );
  return replies[0].elements.map((_, at) => {
    const points = replies.map(({ elements }, i) => readElement(elements[at]).multiplyUnsafe(weights[i]));
    return Buffer.from(points.reduce((sum, point) => sum.add(point)).toBytes());
  });
}

export function finalize({ input, scalar }, combined) {
  const element = readElement(combined).multiply(Fn.inv(scalar)).toBytes();
  return sha512(lp(input), lp(element), Buffer.from('Finalize'));
}

export const tokenOf = (output) => createHmac('sha256', output).update('signpost lookup 1').digest().subarray(0, 16);
