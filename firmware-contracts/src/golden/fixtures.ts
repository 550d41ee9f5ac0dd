import { openDelivery } from '../inbox.ts';
import { ringOf } from '../keys.ts';
import { badSamples } from './bad.ts';
import { goodSamples, type Sample } from './good.ts';
import { CERTIFICATES, IDS, KEYS } from './world.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** ASCII and UTF-8 as text, everything else in hex. */
const payloadOf = (payload: Buffer): { text: string } | { hex: string } => {
  const text = payload.toString('utf8');
  return Buffer.from(text, 'utf8').equals(payload) ? { text } : { hex: payload.toString('hex') };
};

const common = ({ what, topic, publicKey, payload }: Sample) => ({
  what,
  topic,
  ...(publicKey === undefined ? {} : { publicKey }),
  payload: payloadOf(payload),
});

/** What opening a good sample gives: enough for a reader in any language to compare. */
function expectation({ topic, payload }: Sample): unknown {
  const keys = topic.includes('/down/') ? KEYS.hub : KEYS.gateway;
  const opened = openDelivery(topic, payload, () => ringOf(keys.verifier));
  if (!opened.ok) throw new Error(`${topic}: ${opened.reason}: ${opened.detail}`);
  const { delivery } = opened;
  if (delivery.is === 'live') return { live: delivery.live };
  if (delivery.is === 'simple') return { readings: delivery.readings };
  if (delivery.is === 'keys') return { keys: delivery.keys };
  if (delivery.is === 'message') {
    const { kind, digest, value } = delivery.message;
    return { kind, digest, value };
  }
  const { head, digest, ...batch } = delivery.batch;
  if (batch.type === 'readings')
    return { kind: batch.type, digest, head, times: batch.times, columns: batch.columns };
  if (batch.type === 'boundary') return { kind: batch.type, digest, head, leaves: batch.leaves };
  return { kind: batch.type, digest, head, records: batch.records };
}

/** Every file of `fixtures/`, by its path there. Deterministic. */
export function emitFixtures(): Map<string, string> {
  const files = new Map<string, string>();
  const keys = Object.entries(KEYS).map(([name, { seed, signer }]) => {
    const publicKey = signer.publicKey.toString('hex');
    return [name, { seed: seed.toString('hex'), publicKey, keyId: signer.keyId }];
  });
  const certificates = Object.fromEntries(
    Object.entries(CERTIFICATES).map(([name, bytes]) => [name, bytes.toString('base64')]),
  );
  files.set(
    'keys.json',
    json({ what: 'keys for tests only', ids: IDS, ...Object.fromEntries(keys), certificates }),
  );
  for (const sample of goodSamples()) {
    files.set(`good/${sample.name}.json`, json({ ...common(sample), expect: expectation(sample) }));
  }
  for (const sample of badSamples()) {
    files.set(`bad/${sample.name}.json`, json({ ...common(sample), expect: { reason: sample.reason } }));
  }
  return files;
}
