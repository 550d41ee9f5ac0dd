import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GatewayId, hubKeysSchema } from '@meterline/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { HubKeyRing } from '../src/enrol/hub-keys.ts';
import { judgeChain } from '../src/enrol/trust.ts';

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/hub-certificates.json', import.meta.url), 'utf8'),
) as Record<'key' | 'ca' | 'client' | 'server' | 'gateway', string> & { at: number; hubKeys: unknown };
const certificate = (base64: string) => new X509Certificate(Buffer.from(base64, 'base64'));
const ca = certificate(fixture.ca);
const gateway = fixture.gateway as GatewayId;
const DAY_MS = 86_400_000;

/** What the hub issues, judged as a gateway judges it. */
describe('certificates of the real hub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-hub-keys-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const expected = { gateway, key: createPrivateKey(fixture.key), pinned: [ca], utc: fixture.at };

  it('are taken: for our key, our name, as a client, under the pinned CA, now', () => {
    const judged = judgeChain([certificate(fixture.client)], expected);
    expect(judged).toMatchObject({ ok: true });
    expect(judgeChain([certificate(fixture.client), ca], expected)).toMatchObject({ ok: true });
  });

  it.each([
    ['for another gateway', { gateway: '019c0fd8-ea80-7679-b24d-721022d6e094' as GatewayId }, /is for "CN=/],
    ['a year later', { utc: fixture.at + 366 * DAY_MS }, /has expired/],
    ['before it begins', { utc: fixture.at - DAY_MS }, /valid only from/],
  ])('are not taken %s', (_, change, why) => {
    const judged = judgeChain([certificate(fixture.client)], { ...expected, ...change });
    expect(judged).toMatchObject({ ok: false, problem: expect.stringMatching(why) });
  });

  it('of a server are none of a gateway', () => {
    expect(judgeChain([certificate(fixture.server)], expected)).toMatchObject({ ok: false });
  });

  it('vouch for the keys that receipts, configs and commands are signed with', () => {
    const ring = new HubKeyRing(folder, { pinned: () => [ca], utc: () => fixture.at });
    const keys = hubKeysSchema.parse(fixture.hubKeys);
    expect(ring.accept(keys)).toEqual({ added: [keys.keys[0]?.id], refused: [] });
  });

  it('do not let a gateway pass for the hub', () => {
    const ring = new HubKeyRing(folder, { pinned: () => [ca], utc: () => fixture.at });
    const [key] = hubKeysSchema.parse(fixture.hubKeys).keys;
    const forged = { v: 1 as const, keys: [{ id: key?.id ?? ('' as never), certificate: fixture.client }] };
    expect(ring.accept(forged).added).toEqual([]);
  });
});
