import { z } from 'zod';
import { billingColumns, counterColumns, gaugeColumns } from './columns.ts';
import { command, result } from './command.ts';
import { config, configReport } from './config.ts';
import { boundaryHead, readingsHead, recordsHead } from './head.ts';
import { boundaryLeaf } from './leaf.ts';
import { hubKeys, live } from './live.ts';
import { meterProfile } from './profile-rules.ts';
import { readingProof } from './proof.ts';
import { receipt } from './receipt.ts';
import { recordsBody } from './records.ts';
import { simple } from './simple.ts';
import { status } from './status.ts';

const SCHEMAS = {
  'readings-head': [readingsHead, 'Statement of a readings batch'],
  'boundary-head': [boundaryHead, 'Statement of a boundary batch'],
  'records-head': [recordsHead, 'Statement of a records batch'],
  'readings-gauge': [gaugeColumns, 'Body of a readings batch of class gauge'],
  'readings-counter': [counterColumns, 'Body of a readings batch of class counter'],
  'readings-billing': [billingColumns, 'Body of a readings batch of class billing'],
  records: [recordsBody, 'Body of a records batch'],
  'boundary-leaf': [boundaryLeaf, 'The fields of one boundary line, once read'],
  status: [status, 'Statement of up/status'],
  'config-report': [configReport, 'Statement of up/status'],
  result: [result, 'Statement of up/result'],
  receipt: [receipt, 'Statement of down/receipt'],
  config: [config, 'Statement of down/config'],
  command: [command, 'Statement of down/command'],
  'hub-keys': [hubKeys, 'Payload of down/keys'],
  live: [live, 'Payload of live'],
  simple: [simple, 'Payload of up/simple'],
  'reading-proof': [readingProof, 'One boundary line with its proof'],
  'meter-profile': [meterProfile, 'A meter model as data'],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

/** Every file of `schema/`. What a schema cannot say (sums, order, lengths that must agree) stands in the contract. */
export function emitSchemas(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, [schema, title]] of Object.entries(SCHEMAS)) {
    const { $schema, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', reused: 'inline' });
    const document = { $schema, $id: `urn:meterline:contract:1:${name}`, title, ...rest };
    files.set(`${name}.json`, `${JSON.stringify(document, null, 2)}\n`);
  }
  return files;
}
