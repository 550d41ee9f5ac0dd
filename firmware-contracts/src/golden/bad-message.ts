import { type Kind, writeEnvelope } from '../envelope.ts';
import { type BadSample, type Json, sample } from './forge.ts';
import { topic } from './good.ts';
import { HUB_KEYS, SIMPLE, UNSYNCHRONISED, VALUES } from './messages.ts';
import { IDS, KEYS, MIDNIGHT } from './world.ts';

const signed = (kind: Kind, value: unknown): Buffer =>
  writeEnvelope(kind, Buffer.from(JSON.stringify(value)), Buffer.alloc(0), KEYS.gateway.signer);

/** What says nothing of its time has to say its place. */
function placeless(): BadSample[] {
  const { order: _, ...result } = UNSYNCHRONISED;
  return [
    sample(
      'malformed',
      'status-placeless',
      'neither time nor order',
      signed('status', { ...VALUES.status, at: null }),
      topic('up/status'),
    ),
    sample(
      'malformed',
      'result-placeless',
      'neither time nor order',
      signed('result', result),
      topic('up/result'),
    ),
    sample(
      'malformed',
      'order-without-boot',
      'an order within no boot',
      signed('result', { ...UNSYNCHRONISED, order: { ...UNSYNCHRONISED.order, boot: 0 } }),
      topic('up/result'),
    ),
  ];
}

function hubKeys(): BadSample[] {
  const at = topic('down/keys');
  const keys = (value: unknown, change: Json = {}) =>
    Buffer.from(JSON.stringify({ v: 1, keys: value, ...change }));
  const [key] = HUB_KEYS.keys;
  return [
    sample('malformed', 'keys-none', 'a hub without keys', keys([]), at),
    sample('malformed', 'keys-too-many', 'nine keys', keys(Array.from({ length: 9 }, () => key)), at),
    sample('malformed', 'keys-twice', 'one key twice', keys([key, key]), at),
    sample(
      'malformed',
      'keys-as-text',
      'a certificate as PEM',
      keys([{ ...key, certificate: `-----BEGIN CERTIFICATE-----\n${key?.certificate}` }]),
      at,
    ),
    sample('malformed', 'keys-bare', 'a key without its certificate', keys([{ id: key?.id }]), at),
    sample('malformed', 'keys-version-2', 'keys of another version', keys([key], { v: 2 }), at),
    sample('not-json', 'keys-in-an-envelope', 'keys behind a signature line', signed('config', HUB_KEYS), at),
  ];
}

function simple(): BadSample[] {
  const at = topic('up/simple');
  const one = { point: IDS.roomEnergy, at: MIDNIGHT, count: '123457' };
  const wrong = (name: string, what: string, value: unknown) =>
    sample('malformed', name, what, Buffer.from(JSON.stringify(value)), at);
  return [
    wrong('simple-number', 'a count as a number', { ...one, count: 123_457 }),
    wrong('simple-below-zero', 'a count below zero', { ...one, count: '-5' }),
    wrong('simple-both', 'a count and a value', { ...one, value: 1 }),
    wrong('simple-neither', 'neither count nor value', { point: one.point, at: one.at }),
    wrong('simple-timeless', 'a reading without its time', { point: one.point, count: one.count }),
    wrong('simple-gauge-count', 'a count that calls itself a gauge', { ...one, class: 'gauge' }),
    wrong('simple-none', 'no readings', { readings: [] }),
    wrong('simple-too-many', 'more readings than a message holds', {
      readings: Array.from({ length: 501 }, (_, i) => ({ ...one, at: MIDNIGHT + i })),
    }),
    sample('not-json', 'simple-in-an-envelope', 'behind a signature line', signed('config', SIMPLE), at),
  ];
}

export const badMessages = (): BadSample[] => [...placeless(), ...hubKeys(), ...simple()].map(unsigned);

/** Nothing is signed there, so no key belongs to the sample. */
function unsigned({ publicKey, ...rest }: BadSample): BadSample {
  const bare = rest.topic.endsWith('/down/keys') || rest.topic.endsWith('/up/simple');
  return bare || publicKey === undefined ? rest : { ...rest, publicKey };
}
