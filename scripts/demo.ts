import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { type Facts, greet } from './demo/greeting.ts';
import { takeTurn, watchParent } from './demo/turn.ts';
import { startHub, writePrivate } from './stack/hub.ts';
import { reachableFolder, serverUser } from './stack/place.ts';
import { startPostgres } from './stack/postgres.ts';
import { reapEarlierRun, type Service } from './stack/process.ts';

/** A whole hub on this machine: what runs is started in order, ended in reverse, and never outlives this process. */
const state = resolve(process.env.STATE || '.meterline');
const port = Number(process.env.PORT || 8080);
const runFolder = join(state, 'run');
const factsFile = join(state, 'demo.json');
const started: Service[] = [];
let stopping: Promise<void> | undefined;

function say(line: string): void {
  process.stdout.write(`demo: ${line}\n`);
}

function complain(error: unknown): void {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
}

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    rmSync(factsFile, { force: true });
    for (const service of started.toReversed()) await service.stop().catch(complain);
    process.exit(code);
  })();
  return stopping;
}

function keep<S extends Service>(name: string, service: S): S {
  started.push(service);
  void service.exited?.then((code) => {
    if (stopping) return;
    complain(`the ${name} ended by itself (code ${code}); its log is in ${state}`);
    void stop(1);
  });
  return service;
}

function portIsFree(): Promise<void> {
  return new Promise((free, reject) => {
    const probe = createServer();
    probe.once('error', () =>
      reject(new Error(`port ${port} is taken; choose another: PORT=${port + 1} make demo`)),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => free()));
  });
}

/** All data of the demo, wherever they are; its turn and its records of running processes stay. */
function reset(): void {
  say('starting over: the data of earlier runs are removed');
  const postgres = reachableFolder(serverUser(), join(state, 'postgres'));
  for (const path of [postgres, `${postgres}.password`]) rmSync(path, { recursive: true, force: true });
  for (const name of existsSync(state) ? readdirSync(state) : []) {
    if (name !== 'turn.json' && name !== 'run') rmSync(join(state, name), { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT=${process.env.PORT} is not a port`);
  await takeTurn(state);
  watchParent(() => void stop(1));
  const ended = await reapEarlierRun(runFolder);
  if (ended.length > 0) say(`ended what a killed run had left: ${ended.join(', ')}`);
  await portIsFree();
  if (process.env.RESET === '1') reset();
  say('starting the database');
  const dataFolder = join(state, 'postgres');
  const postgres = keep(
    'database',
    await startPostgres({ dataFolder, runFolder, logFile: join(state, 'postgres.log') }),
  );
  say('starting the hub');
  const hub = keep(
    'hub',
    await startHub({ folder: join(state, 'hub'), port, adminUrl: postgres.url, runFolder }),
  );
  const facts: Facts = {
    url: hub.url,
    ports: { hub: port, postgres: postgres.port },
    processes: { demo: process.pid, hub: hub.pid },
    signIns: [{ who: 'operator', with: hub.operatorToken }],
    config: hub.configFile,
  };
  writePrivate(factsFile, `${JSON.stringify(facts, null, 2)}\n`);
  process.stdout.write(greet(facts, state));
}

let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // make and the terminal may each send one; only a later one is impatience.
    if (signals++ === 0) say('stopping');
    void stop(0);
  });
}
await main().catch((error: unknown) => {
  if (stopping) return stopping;
  complain(error);
  return stop(1);
});
