// SPDX-License-Identifier: Apache-2.0
// A client of Signpost in another language, written from docs/protocol.md and proto/openapi.yaml: derives tokens with
// the key holders' help, registers and asks. Everything that is not an answer is thrown.
import { createHmac } from 'node:crypto';
import https from 'node:https';
import { isIP } from 'node:net';
import * as oprf from './oprf.mjs';
import { openDescriptor } from './scheme.mjs';

const MAX_ELEMENTS = 256; // in one evaluation
const MAX_CHILDREN = 256; // in one question
const EMPTY = Buffer.alloc(16);
const chunks = (list, size) => (list.length ? [list.slice(0, size), ...chunks(list.slice(size), size)] : []);
const base64 = (bytes) => bytes.toString('base64');

function bytesFrom(text, size) {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== size || base64(bytes) !== text) throw new Error('a reply with other than canonical base64');
  return bytes;
}

export class Client {
  // {descriptor, trust, ca, certificate, key, handleKey}: contents of files; matching: a Matching; connectTo: a map of
  // "host:port" to the "host:port" that is used instead (tests, tunnels).
  constructor({ descriptor, trust, ca, certificate, key, handleKey, matching, connectTo = new Map() }) {
    Object.assign(this, { matching, handleKey, connectTo, leftOut: [] });
    this.descriptor = openDescriptor(descriptor, trust, matching);
    this.agent = new https.Agent({
      keepAlive: true,
      ca,
      cert: certificate,
      key,
      minVersion: 'TLSv1.3',
      maxCachedSessions: 0,
    });
  }

  close() {
    this.agent.destroy();
  }

  async request(base, path, body) {
    const url = new URL(path, base);
    const [hostname, port] = (this.connectTo.get(url.host) ?? url.host).split(':');
    const payload = body && Buffer.from(JSON.stringify(body));
    const headers = payload && { 'Content-Type': 'application/json', 'Content-Length': payload.length };
    const options = {
      agent: this.agent,
      hostname,
      port,
      path,
      method: payload ? 'POST' : 'GET',
      headers,
      servername: isIP(url.hostname) ? '' : url.hostname,
    };
    const [status, text] = await new Promise((resolve, reject) => {
      const request = https.request(options, async (reply) => {
        try {
          const parts = [];
          for await (const part of reply) parts.push(part);
          resolve([reply.statusCode, Buffer.concat(parts).toString()]);
        } catch (error) {
          reject(error);
        }
      });
      request.setTimeout(30000, () => request.destroy(new Error('no reply within 30 seconds')));
      request.on('error', reject).end(payload);
    });
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text);
  }

  async #evaluate(key, holder, blinds) {
    const { holders } = this.descriptor;
    const { commitments, epoch, generation } = key;
    const blinded = blinds.map((item) => item.blinded);
    const elements = blinded.map(base64);
    const reply = await this.request(holders[holder - 1], '/v1/evaluations', { epoch, generation, elements });
    if (reply.holder !== holder || reply.epoch !== epoch || reply.generation !== generation) {
      throw new Error('the reply of another holder, epoch or generation');
    }
    const evaluated = reply.elements.map((text) => bytesFrom(text, 32));
    oprf.verifyProof(oprf.publicKey(commitments, holder), blinded, evaluated, bytesFrom(reply.proof, 64));
    return { holder, elements: evaluated };
  }

  // Asks t holders, and the spare ones only where one fails.
  async #combine(key, blinds) {
    const { holders, threshold } = this.descriptor;
    const isLeftOut = (holder) => this.leftOut.some((left) => left.holder === holder);
    const waiting = holders.map((_, i) => i + 1).filter((holder) => !isLeftOut(holder));
    const replies = [];
    while (replies.length < threshold) {
      const next = waiting.splice(0, threshold - replies.length);
      if (next.length === 0) throw new Error('could not be answered: too few key holders');
      const results = await Promise.allSettled(next.map((holder) => this.#evaluate(key, holder, blinds)));
      results.forEach(({ status, value, reason }, i) => {
        if (status === 'fulfilled') replies.push(value);
        else this.leftOut.push({ holder: next[i], reason: reason.message });
      });
    }
    return oprf.combine(replies);
  }

  // For each child one 16-byte token for each slot of each key, key after key.
  async tokens(children) {
    const sets = [];
    for (const key of this.descriptor.keys) sets.push(await this.#tokensUnder(key, children));
    return children.map((_, i) => sets.flatMap((set) => set[i]));
  }

  async #tokensUnder(key, children) {
    const { scheme, slots } = this.descriptor;
    const all = children.map((child) => this.matching.values(child).map((value) => ({ value, token: EMPTY })));
    all.forEach((cells) => cells.forEach((cell, i) => (cell.slot = slots[i].name)));
    const filled = all.flat().filter((cell) => cell.value);
    for (const batch of chunks(filled, MAX_ELEMENTS)) {
      const blinds = batch.map(({ slot, value }) => oprf.blind(oprf.tokenInput(scheme, key.epoch, slot, value)));
      const combined = await this.#combine(key, blinds);
      batch.forEach((cell, i) => (cell.token = oprf.tokenOf(oprf.finalize(blinds[i], combined[i]))));
    }
    return all.map((cells) => cells.map((cell) => base64(cell.token)));
  }

  #epochs() {
    return this.descriptor.keys.map((key) => key.epoch);
  }

  async #post(path, body) {
    const reply = await this.request(this.descriptor.indexes[0], path, body);
    this.store ??= reply.store_id;
    if (this.store !== reply.store_id)
      throw new Error('could not be answered: the index has another store than before');
    return reply;
  }

  // One of "yes", "previously", "possibly", "no" for each child. The canaries go in front of every question: an index
  // that does not find them is not believed.
  async ask(purpose, children) {
    const { slots, keys } = this.descriptor;
    const all = keys.flatMap((key) => key.canaries);
    const canaries = all.map((token, i) => all.map((_, j) => (i === j ? token : base64(EMPTY))));
    const epochs = this.#epochs();
    const answers = [];
    for (const batch of chunks(await this.tokens(children), MAX_CHILDREN - canaries.length)) {
      const reply = await this.#post('/v1/questions', { purpose, epochs, children: [...canaries, ...batch] });
      const found = reply.answers.splice(0, canaries.length);
      const expected = keys.flatMap(() => slots.map(({ tier }) => (tier === 'sure' ? 'yes' : 'possibly')));
      const believable = expected.every((answer, i) => found[i] === answer);
      if (!believable) throw new Error('could not be answered: the index does not find its canaries');
      if (reply.answers.length !== batch.length) throw new Error('a reply of another length');
      answers.push(...reply.answers);
    }
    return answers;
  }

  handle(reference) {
    return createHmac('sha256', this.handleKey).update('signpost handle 1').update(reference).digest();
  }

  // `action`: open, replace, renew, close or withdraw; children with a `ref` and, for replace, their details before in
  // `old`. `question`: {purpose} to be answered for each. Returns {results, answers}.
  async change(action, children, question) {
    const tokens = await this.tokens(children);
    const old = action === 'replace' ? await this.tokens(children.map((child) => child.old)) : [];
    const changes = children.map((child, i) => ({
      action,
      handle: base64(this.handle(child.ref)),
      tokens: tokens[i],
      ...(old[i] && { old_tokens: old[i] }),
    }));
    const all = { results: [], answers: [] };
    for (const batch of chunks(changes, MAX_CHILDREN)) {
      const body = { epochs: this.#epochs(), changes: batch, ...(question && { question }) };
      const reply = await this.#post('/v1/involvements', body);
      if (reply.results.length !== batch.length) throw new Error('a reply of another length');
      all.results.push(...reply.results);
      all.answers.push(...(reply.answers ?? []));
    }
    return all;
  }
}
