// SPDX-License-Identifier: Apache-2.0
// Two clients that share no code, over real daemons: each must find what the other has registered.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { expectedAnswer, makeChildren, writtenDown } from './children.mjs';
import { House, makeCaseload } from './house.mjs';

let house, north, south;
const children = makeChildren(200, makeCaseload(300, 5));
const questions = children.map(writtenDown);
const byNode = children.slice(0, 100); // registered by the Node client, for south
const byC = children.slice(100); // registered by the C client, for north

before(async () => {
  house = await House.open();
  [north, south] = [house.node('north'), house.node('south')];
});

after(async () => {
  north.close();
  south.close();
  await house.close();
});

function expected(from, to, instead = (answer) => answer) {
  return children
    .slice(from, to)
    .map((child, i) => instead(expectedAnswer(north.matching, child, questions[from + i])));
}

function same(answers, wanted, from) {
  answers.forEach((answer, i) => assert.equal(answer, wanted[i], JSON.stringify(questions[from + i])));
  assert.equal(answers.length, wanted.length);
}

test('the children are many and different, and every answer is expected of some', () => {
  const wanted = expected(0, 200);
  assert.ok(new Set(children.map(({ forenames, surname }) => `${forenames} ${surname}`)).size > 120);
  assert.equal(new Set(children.map(({ date_of_birth }) => date_of_birth)).size, 200);
  for (const [answer, least] of [
    ['yes', 100],
    ['possibly', 30],
    ['no', 20],
  ]) {
    assert.ok(wanted.filter((one) => one === answer).length >= least, answer);
  }
});

test('the C client finds what the Node client has registered', async () => {
  const { results } = await south.change('open', byNode);
  assert.deepEqual(new Set(results), new Set(['opened']));
  same(house.signpostAsks('north', questions.slice(0, 100)), expected(0, 100), 0);
});

test('the Node client finds what the C client has registered', async () => {
  house.signpost('north', 'register', byC);
  same(await south.ask('assessment', questions.slice(100)), expected(100, 200), 100);
});

test('both clients of one agency hear the same, and nothing of their own', async () => {
  const answers = await north.ask('caseload', questions);
  same(answers, [...expected(0, 100), ...expected(100, 200, () => 'no')], 0);
  assert.deepEqual(house.signpostAsks('north', questions), answers);
});

test('each may close and withdraw what the other has registered for their agency', async () => {
  const { results } = await north.change('close', byC);
  assert.deepEqual(new Set(results), new Set(['closed']));
  const previously = expected(100, 200, (answer) => (answer === 'yes' ? 'previously' : answer));
  same(house.signpostAsks('south', questions.slice(100)), previously, 100);
  house.signpost('south', 'withdraw', byNode);
  same(
    await north.ask('assessment', questions.slice(0, 100)),
    expected(0, 100, () => 'no'),
    0,
  );
});

test('the Node client replaces details, and is answered when it opens', async () => {
  const old = byNode[3];
  const child = { ...old, surname: 'Ravenscroft', nhs_number: '', upn: '', old };
  const question = { purpose: 'caseload' };
  assert.deepEqual((await south.change('open', [old, byC[0]], question)).answers, ['no', 'previously']);
  assert.deepEqual((await south.change('replace', [child])).results, ['replaced']);
  assert.deepEqual(
    house.signpostAsks('north', [
      { ...child, ref: 'new' },
      { ref: 'old', nhs_number: old.nhs_number },
    ]),
    ['yes', 'no'],
  );
});

test('what is refused is no answer', async () => {
  await assert.rejects(south.ask('curiosity', byC.slice(0, 1)), /400.*invalid-request/);
  await assert.rejects(south.ask('assessment', [{ forenames: 'Tom' }]), /too few details/);
});

test('a store that is another than before is not believed', async () => {
  const client = house.node('south');
  client.store = 'AAAAAAAAAAAAAAAAAAAAAA==';
  await assert.rejects(client.ask('assessment', byC.slice(0, 1)), /could not be answered/);
  client.close();
});

test('canaries that are not found are not believed', async () => {
  const client = house.node('south');
  const [{ canaries }] = client.descriptor.keys;
  canaries[2] = canaries[1];
  await assert.rejects(client.ask('assessment', byC.slice(0, 1)), /could not be answered/);
  client.close();
});

test('a holder that lies is left out, and another takes its place', async () => {
  await house.stop(1);
  await house.start(1, 'tests/e2e/lying_holder', 'authority/ca.crt', 'holder-1.crt', 'holder-1.key');
  const client = house.node('south');
  assert.deepEqual(await client.ask('assessment', byC.slice(0, 1)), ['previously']);
  assert.deepEqual(
    client.leftOut.map(({ holder }) => holder),
    [1],
  );
  assert.match(client.leftOut[0].reason, /proof/);
  client.close();
  await house.stop(1, 'SIGKILL');
});

test('with one holder left nothing can be answered', async () => {
  assert.equal(await house.stop(2), 0);
  const client = house.node('south');
  await assert.rejects(client.ask('assessment', byC.slice(0, 1)), /could not be answered/);
  client.close();
});
