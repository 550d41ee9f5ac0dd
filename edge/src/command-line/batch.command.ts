import {
  type Batch,
  type GatewayId,
  gatewayId,
  openBatch,
  recordCount,
  ringOf,
  verifierOf,
} from '@meterline/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT, Failure, type Io, readOrFail } from './io.ts';

interface VerifyOptions {
  readonly key: string;
  readonly previous?: string;
  readonly gateway?: GatewayId;
}

export function addBatch(program: Command, io: Io): void {
  program
    .command('batch')
    .description('sealed batches')
    .command('verify')
    .description('open a sealed batch as the hub would: signature, body, Merkle root, rules')
    .argument('<file>', 'the payload as sent, plain or deflated')
    .requiredOption('--key <hex>', "the gateway's public key, 64 hex digits")
    .option(
      '--previous <digest>',
      'digest of the batch before; must be the one that this batch names',
      digestOption,
    )
    .option('--gateway <id>', 'the gateway it must be of; default: the one it names', gatewayOption)
    .action((file: string, options: VerifyOptions) => verify(file, options, io));
}

function digestOption(value: string): string {
  if (!/^[0-9a-f]{64}$/.test(value))
    throw new InvalidArgumentError('a digest is 64 hex digits in lower case.');
  return value;
}

function gatewayOption(value: string): GatewayId {
  const parsed = gatewayId.safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError('a gateway id is a UUID version 7 in lower case.');
  return parsed.data;
}

async function verify(file: string, { key, previous, gateway }: VerifyOptions, io: Io): Promise<void> {
  const verifier = verifierOf(key);
  if (!verifier.ok) throw new Failure(`--key: ${verifier.detail}`, EXIT.usage);
  const payload = await readOrFail(io, file);
  // A zlib stream begins with 0x78, an envelope with "ml1 ".
  const options = { keys: ringOf(verifier.key), deflated: payload[0] === 0x78 };
  const opened = openBatch(payload, gateway ? { ...options, gateway } : options);
  if (!opened.ok) throw new Failure(`${file} is refused: ${opened.reason}: ${opened.detail}`, EXIT.faulty);
  const { batch } = opened;
  for (const line of describe(batch)) io.out(line);
  if (previous !== undefined && batch.head.previous !== previous) {
    throw new Failure(`${file} does not follow ${previous}: it names ${batch.head.previous}`, EXIT.faulty);
  }
  io.out(
    `verified: ${recordCount(batch.head)} records${previous === undefined ? '' : ', follows the batch before'}`,
  );
}

function describe({ head, digest, keyId, ...batch }: Batch): string[] {
  const { clock, first, last, holes = [] } = head;
  const time = (ms: number) => new Date(ms).toISOString();
  const known =
    clock.state === 'synced'
      ? `synchronised to ± ${clock.uncertainty} ms`
      : `never synchronised, began between ${time(clock.after)} and ${time(clock.before)}`;
  const lines: [string, string][] = [
    ['type', 'class' in head ? `${head.type}, ${head.class}` : head.type],
    ['gateway', head.gateway],
    ['journal', head.journal],
    ['batch', String(head.batch)],
    ['sequences', `${first}–${last}${holes.length > 0 ? `, ${holes.length} holes` : ''}`],
    ['sealed', time(head.sealed)],
    ['clock', `boot ${clock.boot}, ${known}`],
    ['previous', head.previous ?? 'none: the first of its journal'],
    ['digest', digest],
    ['key', keyId],
  ];
  if (head.type === 'boundary')
    lines.push(['boundary', `${time(head.boundary)}, ${head.occasion}`], ['root', head.root]);
  if ('records' in batch) lines.push(['records', batch.records.map(({ kind }) => kind).join(', ')]);
  return lines.map(([name, value]) => `${name.padEnd(10)} ${value}`);
}
