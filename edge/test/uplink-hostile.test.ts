import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deflate,
  type HubKeys,
  type JournalId,
  type Receipt,
  sealMessage,
  topicOf,
} from '@meterline/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMosquitto } from '../../scripts/stack/mosquitto.ts';
import { gatewayOf } from './journal-support.ts';
import { FakeHub, verifierFor } from './support/fake-hub.ts';
import { FakeCa } from './support/fake-hub-certificates.ts';
import { entriesAt, type Gateway, gatewayWith, shiftedClock, until } from './support/fake-hub-gateway.ts';

const { gateway, signer, points } = gatewayOf('uplink-hostile');
const other = gatewayOf('uplink-hostile-other');

let ca: FakeCa;
let stranger: FakeCa;
let hubKey: ReturnType<FakeCa['hubKey']>;
beforeAll(async () => {
  ca = await FakeCa.create();
  stranger = await FakeCa.create('somebody else');
  hubKey = ca.hubKey();
});
afterAll(() => {
  ca.remove();
  stranger.remove();
});

const clock = shiftedClock();
const make = entriesAt(clock, points);
let folder: string;
let mosquitto: Awaited<ReturnType<typeof startMosquitto>>;
let hub: FakeHub;
let one: Gateway;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  mosquitto = await startMosquitto();
  hub = new FakeHub({
    url: mosquitto.url,
    signer: hubKey.signer,
    keyCertificate: hubKey.certificate,
    gateways: new Map([[gateway, [verifierFor(signer)]]]),
    // It takes everything, and says nothing by itself.
    faults: { receiptAfterMs: 1e9 },
  });
  await hub.start();
  one = gatewayWith({
    folder,
    gateway,
    signer,
    clock,
    broker: { url: mosquitto.url, token: 'token', ca: [] },
    ca: ca.ca,
    limits: { resendAfterMs: 60_000 },
  });
  one.journal.append([make.anchor()], { durable: true });
  for (let n = 0; n < 40; n += 1) one.journal.append([make.billing(n, n)], { durable: true });
  one.journal.seal(clock.now(), { all: true });
  one.uplink.start();
  await until('all has arrived', () => hub.arrivals.length >= one.journal.depth().batches);
});
afterEach(async () => {
  await one.stop();
  await hub.stop();
  await mosquitto.stop();
  rmSync(folder, { recursive: true, force: true });
});

const down = (channel: 'down/receipt' | 'down/keys' | 'down/config' | 'down/command', deflated = false) =>
  topicOf({ gateway, channel, deflated });
const countOf = (reason: string) =>
  one.uplink.state.refused
    .filter((each) => each.reason === reason)
    .reduce((sum, { count }) => sum + count, 0);

/** Nothing of what came before was believed, and the true receipt still is. */
async function staysHonest(): Promise<void> {
  const { batches } = one.journal.depth();
  expect(batches).toBeGreaterThan(0);
  expect(one.journal.status().watermark).toBe(0);
  hub.sendReceipt(gateway);
  await until('the true receipt is taken', () => one.journal.depth().batches === 0);
  expect(one.uplink.state.connected).toBe(true);
}

describe('hostile messages', () => {
  it('believes no receipt of another key, even one of a gateway of the same hub', {
    timeout: 30_000,
  }, async () => {
    const topic = down('down/receipt');
    for (const forger of [stranger.hubKey().signer, signer, other.signer]) {
      hub.raw(topic, sealMessage('receipt', hub.receipt(gateway), forger));
    }
    const good = sealMessage('receipt', hub.receipt(gateway), hubKey.signer);
    const changed = Buffer.from(good.toString('latin1').replace('"watermark":', '"watermark": '), 'latin1');
    hub.raw(topic, changed);
    await until('all are counted', () => countOf('unknown-key') === 3 && countOf('bad-signature') === 1);
    await staysHonest();
  });

  it('takes nothing from receipts that are signed and cannot be true', { timeout: 30_000 }, async () => {
    const [journal] = hub.store.receipts();
    if (!journal) throw new Error('nothing has arrived');
    const beyond: Receipt['journals'] = [{ ...journal, watermark: 1_000_000, seen: 1_000_000, missing: [] }];
    const unknown: Receipt['journals'] = [
      { ...journal, journal: '019c0fd8-ea80-7e90-a69d-0bf42ac1e008' as JournalId, chain: null },
    ];
    const chain: Receipt['journals'] = [{ ...journal, chain: { batch: 1, digest: '00'.repeat(32) } }];
    for (const journals of [beyond, unknown, chain]) hub.sendReceipt(gateway, { journals });
    await until('they were looked at', () => hub.receipts === 3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await staysHonest();
    expect(one.journal.status().alerts).toEqual(expect.arrayContaining(['hub-ahead', 'other-chain']));
  });

  it('does not mind a receipt for another gateway on its own topic', { timeout: 30_000 }, async () => {
    const foreign = { ...hub.receipt(gateway), gateway: other.gateway };
    hub.raw(down('down/receipt'), sealMessage('receipt', foreign, hubKey.signer));
    await until('it is counted', () => countOf('wrong-gateway') === 1);
    await staysHonest();
  });

  it('lets no bytes stop it', { timeout: 30_000 }, async () => {
    const bomb = deflate(Buffer.alloc(8 << 20));
    for (const channel of ['down/receipt', 'down/config', 'down/command', 'down/keys'] as const) {
      hub.raw(down(channel), Buffer.alloc(0));
      hub.raw(down(channel), Buffer.from('ml1 receipt'));
      hub.raw(down(channel), Buffer.from('{"v":1}'));
      hub.raw(down(channel), Buffer.alloc(100_000, 0x0a));
      hub.raw(down(channel, true), Buffer.from('not deflated'));
      hub.raw(down(channel, true), bomb);
    }
    hub.raw(`ml/1/${gateway}/down/firmware`, Buffer.from('x'));
    hub.raw(`ml/1/${gateway}/down/receipt/z/z`, Buffer.from('x'));
    await until(
      'all are counted',
      () => one.uplink.state.refused.reduce((sum, { count }) => sum + count, 0) === 24,
    );
    await until('strays are counted', () => one.uplink.state.strays === 2);
    expect(countOf('inflates-too-large')).toBe(4);
    await staysHonest();
    // One line for each kind of fault, not one for each message.
    expect(one.lines.filter((line) => line.includes('not believed')).length).toBeLessThan(24);
    one.uplink.statusChanged();
    await until('the hub is told', () =>
      hub.statuses.some(({ is }) => is.state === 'online' && is.refused.length > 0),
    );
    expect(hub.refused).toEqual([]);
  });

  it('hangs up on a packet that is too large, and comes back', { timeout: 30_000 }, async () => {
    hub.raw(down('down/config'), Buffer.alloc(3 << 20));
    await until('it is said', () => one.lines.some((line) => line.includes('a packet that is too large')));
    await until('it is back', () => one.uplink.state.connected && one.uplink.state.attempts > 1, 20_000);
    await until('all has arrived again', () => hub.store.repeats > 0);
    await staysHonest();
  });

  it('learns keys only from the pinned CA, and only those of the hub', { timeout: 30_000 }, async () => {
    const foreign = stranger.hubKey();
    const gatewayKey = ca.client(other.gateway);
    const next = ca.hubKey();
    const publish = (keys: HubKeys['keys']) =>
      hub.raw(down('down/keys'), Buffer.from(JSON.stringify({ v: 1, keys })));
    publish([{ id: foreign.signer.keyId, certificate: foreign.certificate }]);
    publish([{ id: next.signer.keyId, certificate: foreign.certificate }]);
    const pem = gatewayKey.cert.replace(/-----[^-]+-----|\n/g, '');
    publish([{ id: other.signer.keyId, certificate: pem }]);
    await until(
      'they are refused',
      () => one.lines.filter((line) => line.startsWith('hub key ')).length === 3,
    );
    hub.raw(down('down/receipt'), sealMessage('receipt', hub.receipt(gateway), foreign.signer));
    hub.raw(down('down/receipt'), sealMessage('receipt', hub.receipt(gateway), next.signer));
    await until('neither is believed', () => countOf('unknown-key') === 2);
    expect(one.journal.status().watermark).toBe(0);
    // The new key comes after what it has signed: then that counts.
    publish([{ id: next.signer.keyId, certificate: next.certificate }]);
    await until('the receipt is taken', () => one.journal.depth().batches === 0);
    expect(countOf('unknown-key')).toBe(1);
    // And the old one is still good.
    hub.sendReceipt(gateway);
    expect(countOf('bad-signature')).toBe(0);
  });

  it('is not slowed down by a flood of old receipts', { timeout: 30_000 }, async () => {
    hub.sendReceipt(gateway, { journals: [] });
    const old = sealMessage('receipt', hub.receipt(gateway, { journals: [] }), hubKey.signer);
    // A broker queues so many at most; what is beyond is lost, and not by us.
    for (let n = 0; n < 900; n += 1) hub.raw(down('down/receipt'), old);
    await staysHonest();
  });
});
