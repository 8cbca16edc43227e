// SPDX-License-Identifier: Apache-2.0
// The whole house for a test: a copy of the scheme that make_scheme.sh made, a fresh store, three key holders and the
// index as real processes, and both clients.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from './client.mjs';
import { Matching } from './values.mjs';

const build = process.env.SIGNPOST_BUILD;
const COLUMNS = ['ref', 'forenames', 'surname', 'date_of_birth', 'nhs_number', 'upn'];
const matching = new Matching(JSON.parse(readFileSync(process.env.SIGNPOST_VECTORS, 'utf8')).matching);

function run(dir, program, ...args) {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${program} ${args[0]}: exit ${status}: ${stdout}${stderr}`);
  return stdout;
}

export function readCsv(text) {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split(','));
  const names = rows.shift();
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

// indexctl in this folder: status, stdout and stderr.
export function indexctl(dir, ...args) {
  return spawnSync(join(build, 'indexd/indexctl'), args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 26 });
}

// make_caseload's children, who do not exist.
export function makeCaseload(count, seed) {
  const dir = mkdtempSync(join(tmpdir(), 'signpost-caseload-'));
  run(dir, join(build, 'bench/make_caseload'), '--children', `${count}`, '--seed', `${seed}`, 'a.csv', 'b.csv');
  const children = readCsv(readFileSync(join(dir, 'a.csv'), 'utf8'));
  rmSync(dir, { recursive: true });
  return children;
}

export class House {
  daemons = new Map();

  static async open() {
    const house = new House();
    house.dir = mkdtempSync(join(tmpdir(), 'signpost-interop-'));
    run('/', 'cp', '-a', `${process.env.SIGNPOST_TEMPLATE}/.`, house.dir);
    run(house.dir, join(build, 'indexd/indexctl'), 'init', '--config', 'index.ini');
    appendFileSync(join(house.dir, 'authority/trust'), `log ${house.read('store/log/vkey')}`);
    for (const holder of [1, 2, 3]) {
      await house.start(holder, 'keys/keyholderd/keyholderd', '--config', `holder-${holder}.ini`);
    }
    const map = house.connectTo().map((pair) => pair.join(':'));
    appendFileSync(join(house.dir, 'index.ini'), `connect_to = ${map.join(', ')}\n`);
    await house.start(4, 'indexd/indexd', '--config', 'index.ini');
    return house;
  }

  // A daemon at the described port 1..3 (holders) or 4 (index).
  async start(place, program, ...args) {
    const log = openSync(join(this.dir, `daemon-${place}.log`), 'a');
    const daemon = spawn(join(build, program), args, { cwd: this.dir, stdio: ['ignore', 'pipe', log] });
    daemon.ended = new Promise((resolve) => daemon.on('exit', (code, signal) => resolve(code ?? signal)));
    this.daemons.set(place, daemon);
    for await (const line of createInterface({ input: daemon.stdout })) {
      daemon.port = Number(/^ready (\d+)$/.exec(line)?.[1]);
      break;
    }
    if (!daemon.port) throw new Error(`${program} did not start`);
  }

  async stop(place, signal = 'SIGTERM') {
    const daemon = this.daemons.get(place);
    this.daemons.delete(place);
    daemon.kill(signal);
    return daemon.ended;
  }

  async close() {
    const codes = [];
    for (const place of [...this.daemons.keys()]) codes.push(await this.stop(place));
    rmSync(this.dir, { recursive: true });
    if (codes.some((code) => code !== 0)) throw new Error(`daemons did not stop cleanly: ${codes}`);
  }

  connectTo() {
    return [1, 2, 3, 4].map((place) => [`127.0.0.1:${place}`, `127.0.0.1:${this.daemons.get(place)?.port ?? place}`]);
  }

  read(name) {
    return readFileSync(join(this.dir, name));
  }

  // The client of this folder, as NAME's system.
  node(name) {
    return new Client({
      descriptor: this.read('authority/descriptor').toString(),
      trust: this.read('authority/trust').toString(),
      ca: this.read('authority/ca.crt'),
      certificate: this.read(`${name}.crt`),
      key: this.read(`${name}.key`),
      handleKey: existsSync(join(this.dir, `${name}.handle.key`)) ? this.read(`${name}.handle.key`) : undefined,
      matching,
      connectTo: new Map(this.connectTo()),
    });
  }

  // The C client, as NAME's system, over a file of children.
  signpost(name, verb, children, ...args) {
    const config = readFileSync(join(this.dir, `${name}.ini`), 'utf8').replace(/^connect_to.*\n/m, '');
    const map = this.connectTo().map((pair) => pair.join(':'));
    writeFileSync(join(this.dir, `${name}.ini`), `${config}connect_to = ${map.join(', ')}\n`);
    const rows = children.map((child) => COLUMNS.map((column) => child[column] ?? '').join(','));
    writeFileSync(join(this.dir, 'children.csv'), [COLUMNS.join(','), ...rows, ''].join('\n'));
    return run(
      this.dir,
      join(build, 'client/signpost'),
      '--config',
      `${name}.ini`,
      verb,
      '--csv',
      'children.csv',
      ...args,
    );
  }

  // Its answers, in the order of the children.
  signpostAsks(name, children) {
    const answers = new Map(readCsv(this.signpost(name, 'ask', children)).map(({ ref, answer }) => [ref, answer]));
    return children.map(({ ref }) => answers.get(ref));
  }
}
