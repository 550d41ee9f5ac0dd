import { REFUSALS, signedBytes } from '../envelope.ts';
import { ringOf, sha256Hex } from '../keys.ts';
import { LIMITS } from '../limits.ts';
import { leafHash, merklePath, merkleRoot } from '../merkle.ts';
import { openBatch } from '../open.ts';
import { proveLeaf } from '../proof.ts';
import { QUALITY } from '../quality.ts';
import type { Sealed } from '../seal.ts';
import { GAUGE_UNITS, QUANTITY_UNITS } from '../units.ts';
import { boundary, gauges } from './batches.ts';
import { messagePayload } from './messages.ts';
import { KEYS } from './world.ts';

const block = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const WHAT_LIMITS: Record<keyof typeof LIMITS, string> = {
  payloadBytes: 'bytes of one MQTT payload as sent',
  inflatedBytes: 'bytes of it after inflating',
  headBytes: 'bytes of the statement of a batch',
  jsonDepth: 'nesting of JSON',
  readingsPerBatch: 'records in one batch',
  pointsPerBatch: 'points in one batch',
  leavesPerBatch: 'lines in one boundary batch',
  leafBytes: 'bytes of one line',
  recordsPerBatch: 'records in a records batch',
  sequenceSpan: 'sequences from first to last, holes included',
  rangesPerBatch: 'holes of a batch, ranges of a dropped record',
  rangesPerReceipt: 'missing ranges of one journal in a receipt',
  journalsPerReceipt: 'journals in a receipt',
  simpleReadings: 'readings in one message of a simple device',
  metersPerGateway: 'meters in a config',
  pointsPerMeter: 'points of a meter',
  sequence: 'sequence of a record, number of a batch',
  droppedPerRecord: 'sequences in one dropped record',
  sweepMs: 'ms between a boundary and each reading of its sweep',
  bracketMs: 'ms between a boundary and the bracket',
  uncertaintyMs: 'ms that a synchronised clock may be wrong',
  boundaryUncertaintyMs: 'ms that the clock of a boundary batch may be wrong',
};

const limits = (): string =>
  table(
    ['name', 'at most', 'what'],
    Object.entries(LIMITS).map(([name, value]) => [
      name,
      String(value),
      WHAT_LIMITS[name as keyof typeof LIMITS],
    ]),
  );

const units = (): string =>
  table(
    ['unit', 'how many make one'],
    Object.entries(GAUGE_UNITS).map(([name, { of, factor }]) => [
      `\`${name}\``,
      `${factor} = 1 ${of || '(power factor 1)'}`,
    ]),
  );

const quantities = (): string => QUANTITY_UNITS.map((unit) => `\`${unit}\``).join(', ');

const quality = (): string =>
  table(
    ['code', 'meaning'],
    Object.entries(QUALITY).map(([name, meaning]) => [`\`${name}\``, meaning]),
  );

const refusals = (): string => REFUSALS.map((reason) => `\`${reason}\``).join(', ');

function pieces({ payload }: Pick<Sealed, 'payload'>): { first: string; statement: string; body: string } {
  const [first = '', statement = '', ...rest] = payload.toString('utf8').split('\n');
  return { first, statement, body: rest.join('\n') };
}

function keys(): string {
  const rows = (['gateway', 'hub'] as const).map((name) => {
    const { seed, signer } = KEYS[name];
    return `${name}\n  seed        ${seed.toString('hex')}\n  public key  ${signer.publicKey.toString('hex')}\n  key id      ${signer.keyId}`;
  });
  return block(rows.join('\n'));
}

function readingsExample(): string {
  const sealed = gauges();
  const { first, statement, body } = pieces(sealed);
  const { signer } = KEYS.gateway;
  const signed = signedBytes('readings', signer.keyId, Buffer.from(statement));
  return [
    `**1. The body**: ${body.length} bytes, no line end.`,
    block(body),
    `**2. The statement** names the SHA-256 of the body: ${statement.length} bytes.`,
    block(statement),
    `**3. What is signed**: the first line without its signature, a line end (0x0a), the statement; ${signed.length} bytes, whose SHA-256 is \`${sha256Hex(signed)}\`.`,
    block(signed.toString('utf8')),
    '**4. The signature** (Ed25519 is deterministic: yours must be the same).',
    block(first.split(' ').at(-1) ?? ''),
    `**5. The payload** is three parts: first line, line end, statement, line end, body; ${sealed.payload.length} bytes, SHA-256 \`${sha256Hex(sealed.payload)}\`.`,
    block(sealed.payload.toString('utf8')),
    `**6. The digest** of the batch is the SHA-256 of the statement; batch 43 names it as \`previous\`.`,
    block(sealed.digest),
  ].join('\n\n');
}

function boundaryExample(): string {
  const sealed = boundary();
  const { first, statement, body } = pieces(sealed);
  const lines = body.trimEnd().split('\n');
  const hashes = lines.map(leafHash);
  const inner = merkleRoot(hashes.slice(0, 2));
  const tree = [
    ...hashes.map((hash, i) => `h${i} = SHA-256(00 ‖ line ${i})  ${hash.toString('hex')}`),
    `n  = SHA-256(01 ‖ h0 ‖ h1)   ${inner.toString('hex')}`,
    `root = SHA-256(01 ‖ n ‖ h2)  ${merkleRoot(hashes).toString('hex')}`,
  ];
  const opened = openBatch(sealed.payload, { keys: ringOf(KEYS.gateway.verifier), deflated: false });
  if (!opened.ok || opened.batch.type !== 'boundary') throw new Error('the example must open');
  const proof = proveLeaf(opened.batch, 1);
  const path = merklePath(hashes, 1).map((hash) => hash.toString('hex'));
  return [
    '**7. Three lines**, each ended by 0x0a in the payload; the line end is not hashed.',
    block(body),
    '**8. The tree.** With three leaves the left half has two (the largest power of two below three).',
    block(tree.join('\n')),
    '**9. Statement, signature, digest.**',
    block(`${statement}\n\n${first}\n\n${sealed.digest}`),
    `**10. A proof of line 1 alone**: the statement, the key id, the signature, line 1, its index, and the path ${path.map((_, i) => (i === 0 ? 'h0' : 'h2')).join(', ')}.`,
    block(JSON.stringify(proof)),
    '**11. A receipt**, signed by the hub.',
    block(messagePayload('receipt').toString('utf8')),
  ].join('\n\n');
}

const BLOCKS: Record<string, () => string> = {
  limits,
  units,
  quantities,
  quality,
  refusals,
  example: () => [keys(), readingsExample(), boundaryExample()].join('\n\n'),
};

/** The document with every generated part brought up to date; its markers are `<!-- name -->` … `<!-- /name -->`. */
export function withGenerated(document: string): string {
  return Object.entries(BLOCKS).reduce((text, [name, make]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [begin, end] = [text.indexOf(open), text.indexOf(close)];
    if (begin < 0 || end < begin) throw new Error(`docs/contract.md has lost its marker ${open}`);
    return `${text.slice(0, begin + open.length)}\n${make()}\n${text.slice(end)}`;
  }, document);
}
