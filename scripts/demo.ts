import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Estate } from './demo/estate.ts';
import { type Facts, greet } from './demo/greeting.ts';
import type { HistoryState } from './demo/history.ts';
import { takeTurn, watchParent } from './demo/turn.ts';
import { type Hub, startHub, writePrivate } from './stack/hub.ts';
import { reachableFolder, serverUser } from './stack/place.ts';
import { startPostgres } from './stack/postgres.ts';
import { endServerOf } from './stack/postgres-data.ts';
import { freePort, reapEarlierRun, type Service } from './stack/process.ts';

/** A whole hub on this machine: what runs is started in order, ended in reverse, and never outlives this process. */
const state = resolve(process.env.DEMO_STATE || '.meterline');
const port = /^\d{1,5}$/.test(process.env.PORT || '8080') ? Number(process.env.PORT || 8080) : Number.NaN;
const runFolder = join(state, 'run');
const factsFile = join(state, 'demo.json');
const estateFolder = join(state, 'estate');
const begunAt = Date.now();
const started: Service[] = [];
let stopping: Promise<void> | undefined;
let facts: Facts | undefined;
let estate: Estate | undefined;

function say(line: string): void {
  process.stdout.write(`demo: ${line}\n`);
}

function complain(error: unknown): void {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
}

function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    estate?.stop();
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

/** What the demo keeps in its folder, and nothing else that may lie there. */
function reset(): void {
  say('starting over: the data of earlier runs are removed');
  const postgres = postgresFolder();
  const hub = [join(state, 'hub'), estateFolder, factsFile];
  const own = [postgres, `${postgres}.password`, `${postgres}.log`, ...hub];
  for (const path of own) rmSync(path, { recursive: true, force: true });
}

function postgresFolder(): string {
  return reachableFolder(serverUser(), join(state, 'postgres'));
}

async function main(): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT=${process.env.PORT} is not a port`);
  await takeTurn(state);
  watchParent(() => void stop(1));
  const ended = await reapEarlierRun(runFolder);
  if (ended.length > 0) say(`ended what a killed run had left: ${ended.join(', ')}`);
  await portIsFree();
  await endServerOf(postgresFolder());
  if (process.env.RESET === '1') reset();
  say('starting the database');
  estate = new Estate(
    { folder: estateFolder, runFolder, keep: (name, service) => void keep(name, service), say },
    begunAt,
  );
  const postgres = keep('database', await startPostgres({ dataFolder: join(state, 'postgres'), runFolder }));
  say('starting the hub');
  const onStarted = (hub: Hub) => {
    keep('hub', hub);
    tell({
      url: hub.url,
      ports: { hub: port, postgres: postgres.port },
      processes: { demo: process.pid, hub: hub.pid },
      signIns: [{ who: 'operator', with: hub.operatorToken }],
      config: hub.configFile,
      data: { hub: join(state, 'hub'), postgres: postgres.dataFolder, estate: estateFolder },
    });
  };
  const brokerPort = await freePort();
  const env = {
    METERLINE_MQTT__BACKEND: 'embedded',
    METERLINE_MQTT__PORT: String(brokerPort),
    METERLINE_MQTT__PUBLIC_URL: `mqtts://127.0.0.1:${brokerPort}`,
  };
  const hub = await startHub({
    ...{ folder: join(state, 'hub'), port, adminUrl: postgres.url, runFolder, env, onStarted },
  });
  if (!facts || stopping) return;
  const { signIns, processes, ...made } = await estate.moveInto({ ...hub, brokerPort }, noteHistory);
  tell({
    ...{ ...facts, ...made, processes: { ...facts.processes, ...processes } },
    ports: { ...facts.ports, mqtt: brokerPort },
    signIns: [facts.signIns[0], ...signIns],
    ...(estate.history && { history: estate.history }),
  });
  if (!stopping) process.stdout.write(greet(facts, factsFile, seconds()));
}

const seconds = (): number => Math.round((Date.now() - begunAt) / 1_000);

function tell(now: Facts): void {
  if (stopping) return;
  facts = now;
  writePrivate(factsFile, `${JSON.stringify(facts, null, 2)}\n`);
}

function noteHistory(history: HistoryState): void {
  if (!facts || stopping) return;
  tell({ ...facts, history });
  const { state: how, filesIn, files, readings, problem } = history;
  if (how === 'failed') complain(new Error(`${problem}; the next start of the demo tries it again`));
  else if (how === 'complete')
    say(`a year of readings is in: ${readings} in ${files} files, after ${seconds()} s`);
  else say(`readings: ${filesIn} of ${files} files are in`);
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
