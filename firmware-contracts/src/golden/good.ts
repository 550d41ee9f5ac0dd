import { constants, deflateSync } from 'node:zlib';
import { KINDS } from '../envelope.ts';
import { MESSAGES, type MessageKind, sealMessage } from '../message.ts';
import type { Sealed } from '../seal.ts';
import { type Channel, topicOf } from '../topics.ts';
import { boundary, counters, gauges, onDemand, records, unsynchronised } from './batches.ts';
import { HUB_KEYS, LIVE, messagePayload, SIMPLE, UNSYNCHRONISED } from './messages.ts';
import { IDS, KEYS, MIDNIGHT } from './world.ts';

export interface Sample {
  readonly name: string;
  readonly what: string;
  readonly topic: string;
  readonly payload: Buffer;
  /** Hex; absent where nothing is signed. */
  readonly publicKey?: string;
}

export const topic = (channel: Channel, deflated = false): string =>
  topicOf({ gateway: IDS.gateway, channel, deflated });

/** Without string matching, the compressed bytes are the same from every zlib on every processor. */
export const deflateSame = (bytes: Buffer): Buffer =>
  deflateSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY });

export const keyFor = (channel: string): string =>
  (channel.startsWith('down/') ? KEYS.hub : KEYS.gateway).signer.publicKey.toString('hex');

const batch = (name: string, what: string, { payload }: Sealed): Sample => ({
  name,
  what,
  topic: topic('up/readings'),
  payload,
  publicKey: keyFor('up/readings'),
});

const WHAT: Record<MessageKind, string> = {
  status: 'a gateway with a silent meter',
  'config-report': 'version 7 broke polling, version 6 runs again',
  result: 'a relay switched off, with its read-back',
  receipt: 'everything up to 1204, and up to 1213 all but five',
  config: 'one bus, one meter with a relay; a Thai name',
  command: 'switch a relay off within a minute',
};

export function goodSamples(): Sample[] {
  const plain = [
    batch('readings-gauge', 'four gauges of two points, one without a value', gauges()),
    batch('readings-counter', 'counters around a hole, one beyond 2^53, one that fell', counters()),
    batch('readings-bounded', 'billing counters of a boot that never synchronised', unsynchronised()),
    batch('boundary', 'a sweep: main meter first and last, a room between', boundary()),
    batch('boundary-on-demand', 'a count that fell, asked for, its re-reads with their words', onDemand()),
    batch('records', 'a new journal after a broken one, thinning, a swap, a local override', records()),
  ];
  const messages = (Object.keys(MESSAGES) as MessageKind[]).map((kind) => ({
    name: kind,
    what: WHAT[kind],
    topic: topic(KINDS[kind]),
    payload: messagePayload(kind),
    publicKey: keyFor(KINDS[kind]),
  }));
  const [first] = plain;
  const deflated = first
    ? [
        {
          ...first,
          name: 'readings-gauge-deflated',
          topic: topic('up/readings', true),
          payload: deflateSame(first.payload),
        },
      ]
    : [];
  const blind = {
    name: 'result-unsynchronised',
    what: 'refused, by a boot that does not know the time',
    topic: topic('up/result'),
    payload: sealMessage('result', UNSYNCHRONISED, KEYS.gateway.signer),
    publicKey: keyFor('up/result'),
  };
  const keys = {
    name: 'keys',
    what: 'the key of the hub in a certificate of the CA in keys.json',
    topic: topic('down/keys'),
    payload: Buffer.from(JSON.stringify(HUB_KEYS)),
  };
  const live = {
    name: 'live',
    what: 'a power and a counter, for the eye only',
    topic: topic('live'),
    payload: Buffer.from(JSON.stringify(LIVE)),
  };
  const simple = {
    name: 'simple',
    what: 'a count and a power of a device that signs nothing',
    topic: topic('up/simple'),
    payload: Buffer.from(JSON.stringify(SIMPLE)),
  };
  const single = {
    name: 'simple-single',
    what: 'one count by itself',
    topic: topic('up/simple'),
    payload: Buffer.from(JSON.stringify({ point: IDS.roomEnergy, at: MIDNIGHT, count: '123457' })),
  };
  return [...plain, ...deflated, ...messages, blind, keys, live, simple, single];
}
