import { z } from 'zod';
import { type Refused, refuse, signedBytes } from './envelope.ts';
import { type BoundaryHead, boundaryHead, sequencesOf } from './head.ts';
import type { GatewayId } from './ids.ts';
import type { KeyRing } from './keys.ts';
import { type BoundaryLeaf, leafFault, parseLeaf } from './leaf.ts';
import { LIMITS } from './limits.ts';
import { leafHash, merklePath, rootOfPath } from './merkle.ts';
import type { BoundaryBatch } from './open.ts';
import { parse } from './parse.ts';
import { hex, keyId } from './scalars.ts';

/** One leaf, shown without its neighbours: what a bill carries for each of its two readings. */
export const readingProof = z.strictObject({
  statement: z
    .string()
    .max(LIMITS.headBytes)
    .regex(/^[^\n]*$/, 'is more than a line: no message can have been signed so')
    .meta({ description: 'the signed line, as it was sent' }),
  keyId,
  signature: hex(64),
  leaf: z.string().max(LIMITS.leafBytes),
  index: z
    .int()
    .min(0)
    .max(LIMITS.leavesPerBatch - 1),
  path: z.array(hex(32)).max(16).meta({ description: 'sibling hashes from the leaf up' }),
});
export type ReadingProof = z.infer<typeof readingProof>;

export function proveLeaf(batch: BoundaryBatch, index: number): ReadingProof {
  const hashes = batch.lines.map(leafHash);
  const path = merklePath(hashes, index).map((hash) => hash.toString('hex'));
  const { statement, signature } = batch.envelope;
  return {
    statement: statement.toString('utf8'),
    keyId: batch.keyId,
    signature: signature.toString('hex'),
    leaf: batch.lines[index] ?? '',
    index,
    path,
  };
}

/** Needs no server: the proof, the gateway's public key, and nothing else. */
export function verifyProof(
  input: unknown,
  { keys, gateway }: { keys: KeyRing; gateway: GatewayId },
): { ok: true; head: BoundaryHead; leaf: BoundaryLeaf } | Refused {
  const shape = readingProof.safeParse(input);
  if (!shape.success) return refuse('malformed', z.prettifyError(shape.error).replaceAll('\n', ' '));
  const { statement, keyId: id, signature, leaf: line, index, path } = shape.data;
  const key = keys(id);
  if (!key) return refuse('unknown-key', `no key ${id}`);
  if (!key.verify(signedBytes('boundary', id, Buffer.from(statement)), Buffer.from(signature, 'hex'))) {
    return refuse('bad-signature', `the signature does not fit key ${id}`);
  }
  const head = parse(boundaryHead, Buffer.from(statement));
  if (!head.ok) return head;
  if (head.value.gateway !== gateway) return refuse('wrong-gateway', `is of ${head.value.gateway}`);
  const siblings = path.map((hash) => Buffer.from(hash, 'hex'));
  const root = rootOfPath(leafHash(line), index, head.value.leaves, siblings);
  if (root?.toString('hex') !== head.value.root)
    return refuse('root-mismatch', 'the leaf is not in the signed tree');
  const read = parseLeaf(line);
  if (!read.ok) return refuse('malformed', read.detail);
  const fault = leafFault(head.value, read.leaf, sequencesOf(head.value)[index] ?? 0);
  return fault ? refuse('inconsistent', fault) : { ok: true, head: head.value, leaf: read.leaf };
}
