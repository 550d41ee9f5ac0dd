import { constants, deflateSync } from 'node:zlib';
import { type Kind, writeEnvelope } from '../envelope.ts';
import { LIMITS } from '../limits.ts';
import { leafHash, merkleRoot } from '../merkle.ts';
import { badJournals } from './bad-journal.ts';
import { badMessages } from './bad-message.ts';
import { boundary, gauges } from './batches.ts';
import {
  type BadSample,
  column,
  forged,
  type Json,
  joined,
  malleated,
  parts,
  placed,
  recorded,
  resigned,
  respelled,
  sample,
} from './forge.ts';
import { deflateSame, topic } from './good.ts';
import { messagePayload, VALUES } from './messages.ts';
import { IDS, KEYS } from './world.ts';

function envelopes(): BadSample[] {
  const good = parts(gauges());
  const sweep = parts(boundary());
  const leaves = sweep.body.split('\n');
  const strange = writeEnvelope(
    'readings',
    Buffer.from(good.head),
    Buffer.from(good.body),
    KEYS.stranger.signer,
  );
  const relabelled = joined({ ...good, first: good.first.replace('readings', 'records') });
  const elsewhere = topic('up/readings').replace(IDS.gateway, IDS.otherGateway);
  const changed = (text: string) => sweep.body.replace('count=123457', text);
  return [
    sample('not-an-envelope', 'empty', 'no bytes at all', Buffer.alloc(0)),
    sample('not-an-envelope', 'bare-json', 'JSON without its signature line', Buffer.from(good.body)),
    sample(
      'not-an-envelope',
      'carriage-returns',
      'lines that end in CR LF',
      Buffer.from(gauges().payload.toString().replaceAll('\n', '\r\n')),
    ),
    sample(
      'not-an-envelope',
      'short-signature',
      'a signature one digit short',
      joined({ ...good, first: good.first.slice(0, -1) }),
    ),
    sample(
      'bad-signature',
      'head-changed',
      'one digit of the head changed',
      joined({ ...good, head: good.head.replace('"batch":42', '"batch":43') }),
    ),
    sample('bad-signature', 'kind-changed', 'the kind in the first line changed', relabelled),
    sample('bad-signature', 'malleable', 'the signature with S + L', malleated()),
    sample('unknown-key', 'strange-key', 'signed by a key nobody knows', strange),
    sample('unexpected-kind', 'kind-on-wrong-topic', 'a status among the readings', messagePayload('status')),
    sample('wrong-gateway', 'foreign-topic', 'on the topic of another gateway', gauges().payload, elsewhere),
    sample(
      'wrong-topic',
      'version-2-topic',
      'on a topic of another version',
      gauges().payload,
      topic('up/readings').replace('ml/1', 'ml/2'),
    ),
    sample(
      'body-mismatch',
      'body-changed',
      'one value of the body changed',
      joined({ ...good, body: good.body.replace('229800', '229900') }),
    ),
    sample(
      'root-mismatch',
      'leaf-changed',
      'the count of one leaf changed',
      joined({ ...sweep, body: changed('count=123458') }),
    ),
    sample(
      'root-mismatch',
      'leaf-removed',
      'one leaf left out',
      joined({ ...sweep, body: leaves.slice(1).join('\n') }),
    ),
    sample(
      'root-mismatch',
      'leaf-order',
      'two leaves exchanged',
      joined({ ...sweep, body: [leaves[1], leaves[0], ...leaves.slice(2)].join('\n') }),
    ),
  ];
}

function compressed(): BadSample[] {
  const at = topic('up/readings', true);
  const bomb = deflateSync(Buffer.alloc(LIMITS.inflatedBytes + 1), { strategy: constants.Z_RLE });
  const whole = deflateSame(gauges().payload);
  return [
    sample('inflates-too-large', 'bomb', 'a few kilobytes that inflate beyond the limit', bomb, at),
    sample('not-deflated', 'cut-short', 'a zlib stream without its end', whole.subarray(0, -5), at),
    sample(
      'not-deflated',
      'trailing',
      'bytes after the zlib stream',
      Buffer.concat([whole, Buffer.from('x')]),
      at,
    ),
    sample('not-deflated', 'plain-on-z', 'plain text on a deflated topic', gauges().payload, at),
  ];
}

function spellings(): BadSample[] {
  const deep = `{"v":${'['.repeat(LIMITS.jsonDepth)}${']'.repeat(LIMITS.jsonDepth)}}`;
  const invalid = Buffer.concat([Buffer.from('{"v":"'), Buffer.of(0xff), Buffer.from('"}')]);
  return [
    sample(
      'not-json',
      'duplicate-key',
      'one key twice, with two values',
      respelled('"batch":42', '"batch":42,"batch":43'),
    ),
    sample(
      'not-json',
      'escaped-duplicate-key',
      'the same, one of them escaped',
      respelled('"batch":42', '"batch":42,"\\u0062atch":43'),
    ),
    sample('not-json', 'fraction', 'a number with a fraction', respelled('"batch":42', '"batch":42.0')),
    sample('not-json', 'exponent', 'a number with an exponent', respelled('"batch":42', '"batch":1e400')),
    sample('not-json', 'nan', 'NaN', respelled('"batch":42', '"batch":NaN')),
    sample('not-json', 'deep', 'nested too deep', resigned('readings', deep)),
    sample('not-json', 'not-utf8', 'a byte that is not UTF-8', resigned('readings', invalid)),
    sample(
      'malformed',
      'prototype',
      'a key named __proto__',
      respelled('"batch":42', '"batch":42,"__proto__":{"batch":1}'),
    ),
    sample(
      'malformed',
      'unknown-key-name',
      'a key that the contract does not have',
      placed({ firmware: 'x' }),
    ),
    sample('malformed', 'version-2', 'another version of the contract', placed({ v: 2 })),
  ];
}

function heads(): BadSample[] {
  return [
    sample('malformed', 'negative-sequence', 'a sequence below 1', placed({ first: -4, last: -1 })),
    sample(
      'malformed',
      'huge-sequence',
      'a sequence beyond 2^53',
      respelled('"last":1204', '"last":9007199254740993'),
    ),
    sample('malformed', 'backwards', 'last before first', placed({ first: 1204, last: 1201 })),
    sample(
      'malformed',
      'huge-span',
      'a span that no batch has',
      placed({ last: 9_000_000_000, holes: [[1204, 8_999_999_999]] }),
    ),
    sample('malformed', 'hole-at-end', 'a hole that reaches the end', placed({ holes: [[1203, 1204]] })),
    sample('malformed', 'first-with-previous', 'batch 1 that names a predecessor', placed({ batch: 1 })),
    sample('malformed', 'no-predecessor', 'a later batch without predecessor', placed({ previous: null })),
    sample(
      'malformed',
      'time-before-2020',
      'sealed by a clock that was never set',
      placed({ sealed: 86_400_000 }),
    ),
    sample('malformed', 'upper-case-digest', 'a digest in upper case', placed({ previous: 'AB'.repeat(32) })),
    sample(
      'malformed',
      'upper-case-id',
      'an id in upper case',
      placed({ journal: IDS.journal.toUpperCase() }),
    ),
    sample('inconsistent', 'row-count', 'more sequences than rows', placed({ last: 1205 })),
  ];
}

function rows(): BadSample[] {
  const counter = (v: string) =>
    forged(
      (head) => ({ ...head, class: 'counter' }),
      ({ units: _, quality: __, ...body }) => ({ ...body, v: ['1', '2', '3', v] }),
    );
  return [
    sample('inconsistent', 'ragged', 'columns of different length', column({ p: [0, 1, 0] })),
    sample('inconsistent', 'no-such-point', 'an index beyond the points', column({ p: [0, 1, 2, 0] })),
    sample(
      'inconsistent',
      'point-twice',
      'a point listed twice',
      column({ points: [IDS.roomPower, IDS.roomPower] }),
    ),
    sample(
      'inconsistent',
      'silent-null',
      'no value, and no mark that says so',
      column({ v: [1, null, 3, null] }),
    ),
    sample(
      'inconsistent',
      'mark-beyond',
      'a mark on a row that is not there',
      column({ quality: [{ row: 4, code: 'range' }] }),
    ),
    sample(
      'inconsistent',
      'time-overflow',
      'differences that add up to no time',
      column({ t: [1_769_878_740_000, 9_007_199_254_740_991, 1, 1] }),
    ),
    sample(
      'malformed',
      'unknown-quality',
      'a quality that does not exist',
      column({ quality: [{ row: 3, code: 'fine' }] }),
    ),
    sample('malformed', 'unknown-unit', 'a unit that does not exist', column({ units: ['mV', 'kW'] })),
    sample(
      'malformed',
      'number-as-count',
      'a count as a number',
      forged(
        (head) => ({ ...head, class: 'counter' }),
        ({ units: _, ...body }) => body,
      ),
    ),
    sample('malformed', 'leading-zero', 'a count with a leading zero', counter('007')),
    sample('malformed', 'count-overflow', 'a count beyond 64 bits', counter('9223372036854775808')),
    sample(
      'malformed',
      'billing-without-raw',
      'billing rows without their words',
      placed({ class: 'billing' }),
    ),
  ];
}

function contents(): BadSample[] {
  const lines = parts(boundary());
  const wrong = lines.body.replace('value=123456 ', 'value=123457 ');
  const head = JSON.parse(lines.head) as Json;
  const root = merkleRoot(wrong.trimEnd().split('\n').map(leafHash)).toString('hex');
  const miscounted = resigned('boundary', JSON.stringify({ ...head, root }), wrong);
  const billing = recorded((record) =>
    record.kind === 'dropped' ? { ...record, class: 'billing' } : record,
  );
  const future = recorded((record) =>
    record.kind === 'dropped' ? { ...record, ranges: [[20, 30]] } : record,
  );
  const late = recorded((record) =>
    record.kind === 'restart'
      ? { kind: 'switched', t: record.t, meter: IDS.roomMeter, control: 'relay', state: 'on', cause: 'local' }
      : record,
  );
  const unset = resigned(
    'boundary',
    JSON.stringify({
      ...head,
      clock: { state: 'bounded', boot: 3, after: 1_769_878_740_000, before: 1_769_878_750_000 },
    }),
    lines.body,
  );
  return [
    sample('malformed', 'boundary-unsynchronised', 'a boundary without a synchronised clock', unset),
    sample('inconsistent', 'wrong-arithmetic', 'an interpolated value that does not follow', miscounted),
    sample('malformed', 'billing-dropped', 'billing rows given up for want of disk', billing),
    sample('inconsistent', 'dropped-future', 'sequences dropped that do not exist yet', future),
    sample('inconsistent', 'no-restart', 'a journal whose record 1 is no restart', late),
  ];
}

function messages(): BadSample[] {
  const hub = (kind: Kind, value: unknown, channel: 'down/receipt' | 'down/command' | 'down/config') =>
    [
      writeEnvelope(kind, Buffer.from(JSON.stringify(value)), Buffer.alloc(0), KEYS.hub.signer),
      topic(channel),
    ] as const;
  const [journal] = VALUES.receipt.journals;
  const missing = {
    ...VALUES.receipt,
    journals: [
      {
        ...journal,
        missing: [
          [1_207, 1_210],
          [1_205, 1_205],
        ],
      },
    ],
  };
  const { expires: _, ...endless } = VALUES.command;
  const [room] = VALUES.config.meters;
  const labelled = { ...VALUES.config, meters: [{ ...room, label: '101\u0000' }] };
  const twice = { ...VALUES.config, meters: [room, room] };
  const byGateway = writeEnvelope(
    'command',
    Buffer.from(JSON.stringify(VALUES.command)),
    Buffer.alloc(0),
    KEYS.gateway.signer,
  );
  return [
    sample(
      'malformed',
      'receipt-order',
      'missing ranges out of order',
      ...hub('receipt', missing, 'down/receipt'),
    ),
    sample(
      'malformed',
      'receipt-hides',
      'seen beyond the watermark, nothing missing',
      ...hub('receipt', { ...VALUES.receipt, journals: [{ ...journal, missing: [] }] }, 'down/receipt'),
    ),
    sample(
      'malformed',
      'command-endless',
      'a command that never expires',
      ...hub('command', endless, 'down/command'),
    ),
    sample(
      'malformed',
      'command-long',
      'a command that lives longer than a day',
      ...hub('command', { ...VALUES.command, expires: VALUES.command.issued + 86_400_001 }, 'down/command'),
    ),
    sample(
      'unknown-key',
      'command-forged',
      'a command signed by the gateway',
      byGateway,
      topic('down/command'),
    ),
    sample(
      'malformed',
      'control-character',
      'a label with a zero byte',
      ...hub('config', labelled, 'down/config'),
    ),
    sample('malformed', 'meter-twice', 'one meter listed twice', ...hub('config', twice, 'down/config')),
  ];
}

export const badSamples = (): BadSample[] =>
  [envelopes, compressed, spellings, heads, rows, contents, badJournals, messages, badMessages].flatMap(
    (group) => group(),
  );
