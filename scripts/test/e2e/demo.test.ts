import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../demo/totp.ts';
import { freePort } from '../../stack/process.ts';

/** The demo as a person starts it, killed in every way a machine can kill it. */
interface Demo {
  readonly child: ChildProcess;
  readonly state: string;
  readonly port: number;
  readonly exited: Promise<number | null>;
  output(): string;
}

// Each start is a whole hub with its database and buildings; other tests may want the machine as well.
vi.setConfig({ testTimeout: 600_000 });

const folders: string[] = [];
const demos: Demo[] = [];

function stateFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-demo-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

function start(state: string, port: number, env: Record<string, string> = {}, cwd = process.cwd()): Demo {
  const child = spawn(process.execPath, ['scripts/demo.ts'], {
    cwd,
    env: { ...process.env, DEMO_STATE: state, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const demo = { child, state, port, exited, output: () => output };
  demos.push(demo);
  return demo;
}

interface Facts {
  readonly url: string;
  readonly processes: Record<string, number>;
  readonly signIns: [{ who: 'operator'; with: string }, ...Person[]];
  readonly data: Record<string, string>;
  readonly organisation: { readonly id: string };
  readonly buildings: readonly { readonly id: string; readonly zone: string }[];
  readonly building: { readonly organisation: string; readonly gateway: string };
  readonly history: { readonly state: string; readonly readings: number; readonly problem?: string };
}

interface Person {
  readonly who: string;
  readonly role: string;
  readonly login: string;
  readonly password: string;
  readonly secondFactor?: { readonly secret: string; readonly recoveryCodes: readonly string[] };
}

const factsNow = (demo: Demo): Facts => JSON.parse(readFileSync(join(demo.state, 'demo.json'), 'utf8'));

interface Answer {
  readonly status: number;
  readonly body: {
    readonly items: Row[];
    readonly places: Row[];
    readonly code: string;
    readonly series: Row[];
  };
}
type Row = Readonly<Record<string, unknown>>;

/** Signs in as a client would, and asks in that name. */
async function signedIn(facts: Facts, who: string, code?: string) {
  const person = facts.signIns.slice(1).find((one) => one.who === who) as Person;
  const ask = async (method: string, path: string, body?: object, token?: string): Promise<Answer> => {
    const headers = {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const text = body && JSON.stringify(body);
    const answer = await fetch(`${facts.url}/api/v1${path}`, {
      method,
      headers,
      ...(text && { body: text }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  const { login, password } = person;
  const given = { login, password, ...(code !== undefined && { code }) };
  const { status, body } = await ask('POST', '/session/tokens', given);
  if (status !== 200) throw new Error(`${who} cannot sign in: ${body.code}`);
  const token = String(Reflect.get(body, 'accessToken'));
  const here = `/organisations/${facts.organisation.id}`;
  return {
    session: async () => (await ask('GET', '/session', undefined, token)).body,
    get: (path: string) => ask('GET', here + path, undefined, token),
    send: (method: string, path: string, sent: object) => ask(method, here + path, sent, token),
  };
}

async function untilFilled(demo: Demo): Promise<Facts['history']> {
  for (let i = 0; i < 2_400; i++) {
    const { history } = factsNow(demo);
    if (history.state !== 'filling') return history;
    await sleep(100);
  }
  throw new Error(`the year of readings is not in: ${demo.output()}`);
}

/** When the hub last heard of the demo's gateway. */
async function heard({ url, signIns, building }: Facts): Promise<string | null> {
  const headers = { authorization: `Bearer ${signIns[0].with}` };
  const path = `/api/v1/organisations/${building.organisation}/gateways/${building.gateway}`;
  const answer = await fetch(url + path, { headers });
  return ((await answer.json()) as { seenAt: string | null }).seenAt;
}

async function untilHeard(facts: Facts): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if ((await heard(facts)) !== null) return;
    await sleep(100);
  }
  throw new Error('the hub heard nothing of the gateway for a minute');
}

async function ready(demo: Demo): Promise<Facts> {
  const file = join(demo.state, 'demo.json');
  for (let i = 0; i < 1_800; i++) {
    if (demo.output().includes('Meterline is ready') && existsSync(file)) {
      return JSON.parse(readFileSync(file, 'utf8')) as Facts;
    }
    if (demo.child.exitCode !== null) break;
    await sleep(100);
  }
  throw new Error(`the demo is not ready: ${demo.output()}`);
}

async function answers(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
}

/** Every process whose command line names the folder: the servers that the demo started. */
function left(state: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(state));
}

async function nothingLeft(state: string): Promise<string[]> {
  for (let i = 0; i < 200 && left(state).length > 0; i++) await sleep(100);
  return left(state);
}

async function end(demo: Demo): Promise<number | null> {
  if (demo.child.exitCode === null && demo.child.signalCode === null) demo.child.kill('SIGTERM');
  return demo.exited;
}

afterEach(async () => {
  await Promise.all(demos.splice(0).map(end));
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('make demo', () => {
  it('starts, is killed with -9, starts again with its data, and leaves nothing', async () => {
    const state = stateFolder();
    const first = start(state, await freePort());
    const facts = await ready(first);
    expect(await answers(first.port)).toBe(200);
    await untilHeard(facts);

    first.child.kill('SIGKILL');
    await first.exited;
    expect(await nothingLeft(state)).toEqual([]);

    const second = start(state, first.port);
    const again = await ready(second);
    expect(again.signIns).toEqual(facts.signIns);
    expect(again.building).toEqual(facts.building);
    expect(await answers(second.port)).toBe(200);
    expect(await end(second)).toBe(0);
    expect(await nothingLeft(state)).toEqual([]);
    expect(existsSync(join(state, 'demo.json'))).toBe(false);
  });

  it('signs in everybody that it prints, and each sees what the role may', async () => {
    const demo = start(stateFolder(), await freePort());
    const facts = await ready(demo);
    const people = facts.signIns.slice(1) as Person[];
    for (const { login, password } of people)
      expect(demo.output()).toMatch(new RegExp(`${login.replaceAll('.', '\\.')} +${password}`));
    expect(demo.output()).toMatch(/Meterline is ready \(\d+ s\)/);
    expect(statSync(join(demo.state, 'demo.json')).mode & 0o777).toBe(0o600);
    expect(new Set(people.map(({ role }) => role))).toEqual(
      new Set(['platform_admin', 'owner', 'manager', 'staff', 'technician', 'auditor', 'tenant']),
    );

    const [bangkok, jakarta] = facts.buildings;
    const building = `/buildings/${bangkok?.id}`;
    const seen: Record<string, unknown> = {};
    for (const { who, role, secondFactor } of people) {
      if (secondFactor) await expect(signedIn(facts, who)).rejects.toThrow('second_factor_needed');
      const code = secondFactor && codeOf(secondFactor.secret, Date.now());
      const as = await signedIn(facts, who, code);
      expect((await as.session()).places).toMatchObject([{ roles: [role], needsSecondFactor: false }]);
      const leases = await as.get('/leases?limit=500');
      const rooms = (await as.get('/places')).body.items.filter(({ kind }) => kind === 'room');
      seen[who] = {
        leases: leases.status === 200 ? Math.min(leases.body.items.length, 50) : leases.status,
        rooms: rooms.length,
        changes: (await as.send('PATCH', building, { cycleDay: 1 })).status,
        audit: (await as.get('/audit')).status,
      };
    }
    const own = { leases: 1, rooms: 1, changes: 403, audit: 403 };
    expect(seen).toEqual({
      'platform admin': { leases: 403, rooms: 54, changes: 403, audit: 200 },
      owner: { leases: 50, rooms: 54, changes: 200, audit: 200 },
      manager: { leases: 50, rooms: 54, changes: 200, audit: 200 },
      staff: { leases: 50, rooms: 54, changes: 403, audit: 403 },
      technician: { leases: 403, rooms: 54, changes: 403, audit: 403 },
      auditor: { leases: 50, rooms: 54, changes: 403, audit: 200 },
      'tenant, Bangkok 201': own,
      'former tenant, 302': own,
      'tenant, Jakarta A-3': own,
    });
    const owner = people.find(({ who }) => who === 'owner');
    await signedIn(facts, 'owner', owner?.secondFactor?.recoveryCodes[0]);

    const manager = await signedIn(facts, 'manager');
    const occupancy = await manager.get(`${building}/occupancy`);
    expect(Reflect.get(occupancy.body, 'totals')).toMatchObject({ rooms: 40, reserved: 1, outOfService: 1 });
    const block = await manager.get(`/buildings/${jakarta?.id}/occupancy`);
    expect(Reflect.get(block.body, 'zone')).toBe('Asia/Jakarta');
    await untilHeard(facts);
  });

  it('goes on where it was killed, fills a year, and adds nothing twice', async () => {
    const state = stateFolder();
    for (const moment of ['inviting its people', 'bringing in rooms']) {
      const demo = start(state, await freePort());
      for (let i = 0; i < 600 && !demo.output().includes(moment); i++) await sleep(50);
      await sleep(700);
      demo.child.kill('SIGKILL');
      await demo.exited;
    }
    const first = start(state, await freePort());
    const facts = await ready(first);
    const has = async (now: Facts) => {
      const manager = await signedIn(now, 'manager');
      const count = async (what: string) => (await manager.get(what)).body.items.length;
      const people = await fetch(`${now.url}/api/v1/identity/organisations/${now.organisation.id}/people`, {
        headers: { authorization: `Bearer ${now.signIns[0].with}` },
      });
      return {
        buildings: await count('/buildings'),
        places: await count('/places'),
        meters: await count('/meters'),
        installations: await count('/installations'),
        leases: await count('/leases?limit=500'),
        parties: await count('/parties?limit=500'),
        people: ((await people.json()) as Answer['body']).items.length,
      };
    };
    const before = await has(facts);
    expect(before).toMatchObject({ buildings: 2, meters: 116, installations: 116, people: 8 });
    // Killed while the readings come in as well.
    first.child.kill('SIGKILL');
    await first.exited;

    const second = start(state, await freePort());
    const again = await ready(second);
    expect(await has(again)).toEqual(before);
    expect(again.signIns).toEqual(facts.signIns);
    expect(await untilFilled(second)).toMatchObject({ state: 'complete', readings: expect.any(Number) });
    const manager = await signedIn(again, 'manager');
    expect((await manager.get('/ingest/conflicts')).body.items).toEqual([]);

    // The former tenant: the own months only, and the day of the move.
    const former = await signedIn(again, 'former tenant, 302');
    const [room] = (await former.get('/places')).body.items.filter(({ kind }) => kind === 'room');
    const span = `from=${encodeURIComponent(`${Number(new Date().getUTCFullYear()) - 1}-01-01T00:00:00+07:00`)}&to=${encodeURIComponent(new Date().toISOString())}`;
    const months = async () =>
      (await former.get(`/usage?place=${room?.id}&${span}&resolution=month`)).body.series[0]?.bars as
        | Row[]
        | undefined;
    for (
      let i = 0;
      i < 600 && ((await months()) ?? []).filter(({ quantity }) => quantity !== null).length < 9;
      i++
    )
      await sleep(100);
    const known = ((await months()) ?? []).filter(({ quantity }) => quantity !== null);
    expect(known.length).toBeGreaterThanOrEqual(8);
    expect(known.length).toBeLessThanOrEqual(10);
  });

  it('starts again whatever part of it was killed with -9', async () => {
    const state = stateFolder();
    for (const victim of ['bin/postgres', 'lifeline', 'cloud/dist/main.js', 'edge/dist/cli.js']) {
      const demo = start(state, await freePort());
      await ready(demo);
      killMatching(state, victim);
      expect(await demo.exited).toBe(1);
      expect(demo.output()).toMatch(/ended by itself/);
    }
    const last = start(state, await freePort());
    await ready(last);
    await end(last);
    expect(await nothingLeft(state)).toEqual([]);
  });

  it('survives being killed while it makes its database', async () => {
    const state = stateFolder();
    for (const milliseconds of [50, 200, 400, 700]) {
      const demo = start(state, await freePort());
      await sleep(milliseconds);
      demo.child.kill('SIGKILL');
      await demo.exited;
    }
    const demo = start(state, await freePort());
    await ready(demo);
    expect(await answers(demo.port)).toBe(200);
    await end(demo);
    expect(await nothingLeft(state)).toEqual([]);
  });

  it('runs twice side by side, and refuses to run twice in one folder', async () => {
    const demos = [start(stateFolder(), await freePort()), start(stateFolder(), await freePort())];
    await Promise.all(demos.map(ready));
    expect(await Promise.all(demos.map((demo) => answers(demo.port)))).toEqual([200, 200]);

    const [one] = demos;
    const again = start(one?.state ?? '', await freePort());
    expect(await again.exited).toBe(1);
    expect(again.output()).toContain('runs already in this folder');
    expect(await answers(one?.port ?? 0)).toBe(200);
  });

  it('says in one line that the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const demo = start(stateFolder(), port);
    expect(await demo.exited).toBe(1);
    expect(demo.output().trim()).toBe(
      `demo: port ${port} is taken; choose another: PORT=${port + 1} make demo`,
    );
    server.close();
  });

  it('lives in a clone that the database user cannot enter', async () => {
    const home = stateFolder();
    chmodSync(home, 0o700);
    const clone = join(home, 'clone');
    // Hard links: a whole clone of its own in a moment, with its own place in the tree.
    for (const part of [
      'scripts',
      'node_modules',
      'cloud',
      'edge',
      'firmware-contracts',
      'package.json',
      '.node-version',
    ]) {
      mkdirSync(clone, { recursive: true });
      execFileSync('cp', ['-al', part, clone]);
    }
    const demo = start(join(clone, '.meterline'), await freePort(), {}, clone);
    const facts = await ready(demo);
    expect(await answers(demo.port)).toBe(200);
    expect(await end(demo)).toBe(0);
    expect(await nothingLeft(clone)).toEqual([]);
    if (process.getuid?.() === 0) expect(facts.data.postgres).not.toContain(home);
    for (const suffix of ['', '.password', '.log'])
      rmSync(`${facts.data.postgres}${suffix}`, { recursive: true, force: true });
  });

  it('takes no notice of the processes of a folder that was copied from elsewhere', async () => {
    const state = stateFolder();
    const original = start(state, await freePort());
    await ready(original);
    const copy = stateFolder();
    cpSync(join(state, 'turn.json'), join(copy, 'turn.json'));
    cpSync(join(state, 'run'), join(copy, 'run'), { recursive: true });
    const other = start(copy, await freePort());
    await ready(other);
    expect(await answers(original.port)).toBe(200);
    expect(await answers(other.port)).toBe(200);
  });

  it('removes with RESET=1 only what is its own', async () => {
    const state = stateFolder();
    writeFileSync(join(state, 'thesis.doc'), 'years of work');
    await ready(start(state, await freePort(), { RESET: '1' }));
    expect(readFileSync(join(state, 'thesis.doc'), 'utf8')).toBe('years of work');
  });

  it('keeps a database whose password is gone, and says so', async () => {
    const state = stateFolder();
    const demo = start(state, await freePort());
    await ready(demo);
    await end(demo);
    rmSync(join(state, 'postgres.password'));
    const again = start(state, await freePort());
    expect(await again.exited).toBe(1);
    expect(again.output()).toContain('postgres.password is not: put it back');
    expect(existsSync(join(state, 'postgres/PG_VERSION'))).toBe(true);
  });

  it('starts over with RESET=1, also over a server that a killed run left', async () => {
    const state = stateFolder();
    const first = start(state, await freePort());
    const before = await ready(first);
    for (const victim of ['lifeline', 'scripts/demo.ts']) killMatching(state, victim, first.child.pid);
    await first.exited;
    const second = start(state, await freePort(), { RESET: '1' });
    expect((await ready(second)).signIns).not.toEqual(before.signIns);
    expect(
      left(state).filter((command) => /bin\/postgres -D/.test(command) && !command.includes('/bin/sh')),
    ).toHaveLength(1);
  });
});

/** Kills the processes of this demo that the part names: a server, the lifeline it hangs on, or the demo itself. */
function killMatching(state: string, part: string, demo?: number): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const isLifeline = words[3] === 'lifeline';
      const names = isLifeline ? 'lifeline' : words.slice(0, 2).join(' ');
      const belongs = words.some((word) => word.includes(state)) || Number(pid) === demo;
      if (belongs && names.includes(part)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended between the two looks.
    }
  }
}
