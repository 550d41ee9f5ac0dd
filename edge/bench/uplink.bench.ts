import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { cadenceOf } from '../src/uplink/index.ts';
import { gatewayOf } from '../test/journal-support.ts';
import { FakeHub, verifierFor } from '../test/support/fake-hub.ts';
import { FakeBuilding } from '../test/support/fake-hub-building.ts';
import { FakeCa } from '../test/support/fake-hub-certificates.ts';
import { entriesAt, gatewayWith, shiftedClock, until } from '../test/support/fake-hub-gateway.ts';
import { Relay } from '../test/support/fake-hub-relay.ts';

const HOURS = 6;
const MONTH = (30 * 24) / HOURS;
const BUILDING = { meters: 40, gauges: 8, gaugeMs: 60_000, counterMs: 300_000, counters: 1 };
const { gateway, signer, points } = gatewayOf('uplink-bench');
const megabytes = (bytes: number) => Number(((bytes * MONTH) / 1e6).toFixed(1));

/** Some hours of 40 meters over TLS, batch by batch as they are sealed; the relay counts what really passes. */
async function metered(sealMs: number, statusMs: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  const ca = await FakeCa.create();
  const [server, client, hubTls] = [ca.server(), ca.client(gateway), ca.client('fake-hub')];
  const { signer: hubSigner, certificate } = ca.hubKey();
  const files = { 'ca.pem': ca.ca, 'server.pem': server.cert, 'server.key': server.key };
  const tls = ['cafile {dir}/ca.pem', 'certfile {dir}/server.pem', 'keyfile {dir}/server.key'];
  const settings = [
    ...tls,
    'require_certificate true',
    'use_identity_as_username true',
    'set_tcp_nodelay true',
  ];
  const mosquitto = await startMosquitto({ files, settings });
  const relay = await Relay.to(mosquitto.url);
  const hub = new FakeHub({
    url: mosquitto.url,
    tls: { ca: ca.ca, cert: hubTls.cert, key: hubTls.key },
    signer: hubSigner,
    keyCertificate: certificate,
    gateways: new Map([[gateway, [verifierFor(signer)]]]),
    keepReadings: false,
    // One receipt for what is sealed together.
    faults: { receiptAfterMs: 100 },
  });
  await hub.start();
  // It ends about now: certificates are of today.
  const clock = shiftedClock(Date.now() - HOURS * 3_600_000);
  const one = gatewayWith({
    folder,
    gateway,
    signer,
    clock,
    broker: { url: `mqtts://127.0.0.1:${relay.port}`, ca: [ca.ca] },
    credentials: client,
    ca: ca.ca,
    options: {
      settings: { backfillBytesPerSecond: 10_000_000, monthlyBytes: 100_000_000, statusMs, sealMs },
    },
  });
  const { journal, uplink } = one;
  journal.append([entriesAt(clock, points).anchor()], { durable: true });
  const meters = new FakeBuilding(journal, clock, BUILDING);
  uplink.start();
  await until('it is connected', () => uplink.state.connected);
  for (let minute = 0; minute < HOURS * 60; minute += 1) {
    let sealed = 0;
    meters.pass(() => {
      sealed = journal.depth().batches;
    });
    if (sealed === 0) continue;
    uplink.nudge();
    await until('all is receipted', () => journal.depth().batches === 0);
  }
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { thisMonth } = uplink.state.data;
  const payload = new Map<string, number>();
  for (const { kind, bytes } of hub.arrivals) payload.set(kind, (payload.get(kind) ?? 0) + bytes);
  const { rows } = cadenceOf({ sealMs, monthlyBytes: 1e8, watched: false });
  const result = {
    name: `40 meters, 8 gauges a minute, sealed after ${sealMs / 60_000} min`,
    rows,
    statusMs,
    batches: hub.arrivals.length,
    receipts: hub.receipts,
    payloadByKind: Object.fromEntries([...payload].map(([kind, bytes]) => [kind, megabytes(bytes)])),
    payload: megabytes(hub.bytes),
    tcpUp: megabytes(relay.up),
    tcpDown: megabytes(relay.down),
    value: megabytes(thisMonth.sent + thisMonth.received),
    target: 100,
    unit: 'MB in 30 days, estimate of the agent with headers',
  };
  await one.stop();
  await hub.stop();
  await relay.cut();
  await mosquitto.stop();
  ca.remove();
  rmSync(folder, { recursive: true, force: true });
  return result;
}

/** METERLINE_BENCH_DAYS: how long the gateway was offline before; a month takes some minutes to write. */
function offline(): object {
  const script = fileURLToPath(new URL('./uplink-resident.ts', import.meta.url));
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', script];
  const days = process.env.METERLINE_BENCH_DAYS ?? '3';
  const { stdout } = spawnSync(process.execPath, [...args, days], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { name: `drained after ${days} days offline`, ...(JSON.parse(stdout.toString()) as object) };
}

export async function run(): Promise<{ part: string; cases: readonly object[] }> {
  const cases: object[] = [];
  for (const minutes of [1, 5, 15]) cases.push(await metered(minutes * 60_000, 900_000));
  cases.push(offline());
  return { part: 'uplink', cases };
}
