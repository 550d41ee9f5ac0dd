import { type Kind, type Refusal, writeEnvelope } from '../envelope.ts';
import { sha256Hex } from '../keys.ts';
import { type BoundaryLeaf, leafLine, type UnvaluedLeaf, valuedLeaf } from '../leaf.ts';
import { leafHash, merkleRoot } from '../merkle.ts';
import type { Sealed } from '../seal.ts';
import { boundary, gauges, leaves, records, unsynchronised } from './batches.ts';
import { keyFor, type Sample, topic } from './good.ts';
import { KEYS, MIDNIGHT } from './world.ts';

export interface BadSample extends Sample {
  readonly reason: Refusal;
}

export const sample = (
  reason: Refusal,
  name: string,
  what: string,
  payload: Buffer,
  at = topic('up/readings'),
): BadSample => ({
  name,
  what,
  topic: at,
  payload,
  publicKey: keyFor(at.split('/').slice(3).join('/')),
  reason,
});

export type Json = Record<string, unknown>;
export interface Parts {
  readonly first: string;
  readonly head: string;
  readonly body: string;
}

export function parts({ payload }: Pick<Sealed, 'payload'>): Parts {
  const [first = '', head = '', ...rest] = payload.toString('latin1').split('\n');
  return { first, head, body: rest.join('\n') };
}

export const joined = ({ first, head, body }: Parts): Buffer =>
  Buffer.from(`${first}\n${head}\n${body}`, 'latin1');

export const resigned = (kind: Kind, head: string | Buffer, body: string | Buffer = ''): Buffer =>
  writeEnvelope(kind, Buffer.from(head), Buffer.from(body), KEYS.gateway.signer);

/** A gauge batch whose head or body was changed before it was signed: only the rules can refuse it. */
export function forged(
  changeHead: (head: Json) => Json,
  changeBody: (body: Json) => Json = (body) => body,
): Buffer {
  const { head, body } = parts(gauges());
  const newBody = JSON.stringify(changeBody(JSON.parse(body) as Json));
  const newHead = changeHead({ ...(JSON.parse(head) as Json), body: sha256Hex(newBody) });
  return resigned('readings', JSON.stringify(newHead), newBody);
}

export const column = (change: Json): Buffer =>
  forged(
    (head) => head,
    (body) => ({ ...body, ...change }),
  );
export const placed = (change: Json): Buffer => forged((head) => ({ ...head, ...change }));

/** Text-level changes that JSON.stringify would never write. */
export const respelled = (from: string, to: string): Buffer => {
  const { head, body } = parts(gauges());
  return resigned('readings', head.replace(from, to), body);
};

/** A batch of records whose head or records were changed before it was signed. */
export const recorded = (
  change: (record: Json) => Json,
  changeHead: (head: Json) => Json = (head) => head,
): Buffer => {
  const { head, body } = parts(records());
  const { records: list } = JSON.parse(body) as { records: Json[] };
  const newBody = JSON.stringify({ records: list.map(change) });
  const newHead = changeHead({ ...(JSON.parse(head) as Json), body: sha256Hex(newBody) });
  return resigned('records', JSON.stringify(newHead), newBody);
};

/** Changes to the records of one kind only. */
export const recordedAs = (kind: string, change: Json, changeHead?: (head: Json) => Json): Buffer =>
  recorded((record) => (record.kind === kind ? { ...record, ...change } : record), changeHead);

/** A sweep whose lines were changed, each with the value that follows from it; its root and signature are right. */
export function swept(
  change: (leaf: UnvaluedLeaf, i: number) => UnvaluedLeaf,
  changeHead: (head: Json) => Json = (head) => head,
): Buffer {
  const lines = leaves.map((leaf, i): BoundaryLeaf => valuedLeaf(MIDNIGHT, change(leaf, i))).map(leafLine);
  const head = JSON.parse(parts(boundary()).head) as Json;
  const root = merkleRoot(lines.map(leafHash)).toString('hex');
  const newHead = changeHead({ ...head, root });
  return resigned('boundary', JSON.stringify(newHead), lines.map((line) => `${line}\n`).join(''));
}

/** Only the head of a sweep changed. */
export const sweptAs = (change: Json): Buffer =>
  swept(
    (leaf) => leaf,
    (head) => ({ ...head, ...change }),
  );

/** Only the head of a batch of a boot without a clock changed. */
export const boundedAs = (change: Json): Buffer => {
  const { head, body } = parts(unsynchronised());
  return resigned('readings', JSON.stringify({ ...(JSON.parse(head) as Json), ...change }), body);
};

/** S + L verifies under a careless implementation: a second signature for the same message. */
export function malleated(): Buffer {
  const { first, head, body } = parts(gauges());
  const words = first.split(' ');
  const signature = Buffer.from(words.at(-1) ?? '', 'hex');
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  const grown = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  const forgedSignature = Buffer.concat([signature.subarray(0, 32), grown]).toString('hex');
  return joined({ first: [...words.slice(0, -1), forgedSignature].join(' '), head, body });
}
