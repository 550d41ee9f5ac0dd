import { assertSchema, createPool, Database, errorCode } from '../platform/db/index.ts';
import type { AnchorLog } from './audit.anchors.ts';
import { type LateSeals, type VerifySummary, verifyAudit } from './audit.verify.ts';
import type { TrustedKey } from './domain/checkpoint.ts';
import { type ExpectedHead, formatHead } from './domain/expected-head.ts';
import { describeFinding } from './domain/findings.ts';
import type { Loss, Outside } from './verify-rounds.ts';

export interface AuditVerifyArguments {
  /** Of meterline_worker, or of whoever else may read the audit of all organisations. */
  readonly url: string;
  readonly setting?: string;
  /** An auditor needs no secret. */
  readonly trusted: readonly TrustedKey[];
  readonly expected?: readonly ExpectedHead[];
  /** Where the sealer noted its heads; without it the last line says that they were not compared. */
  readonly anchors?: AnchorLog;
  readonly json?: boolean;
}

export interface Output {
  out(line: string): void;
  err(line: string): void;
}

/** `meterline audit verify`: 0 when all is intact, 1 when something was found. What prevents the check is thrown. */
export async function runAuditVerify(args: AuditVerifyArguments, io: Output): Promise<number> {
  const { url, trusted, setting = 'database.workerUrl', expected = [] } = args;
  const pool = createPool({ url, setting, size: 1, applicationName: 'meterline audit verify' });
  const onHookError = (error: unknown) => {
    throw error;
  };
  const db = new Database({ pool, url, setting, servesAll: true, stores: {}, onHookError });
  const json = (kind: string, value: object) => JSON.stringify({ kind, ...value }, bigintAsText);
  try {
    await assertSchema(pool, { url, setting }).catch((error: unknown) => {
      // An auditor's own sign-in may be allowed to read the audit and not the history of the schema.
      if (errorCode(error) !== '42501') throw error;
    });
    const summary = await verifyAudit({
      db,
      trusted,
      expected,
      ...(args.anchors && { anchors: args.anchors }),
      onNote: (note) => io.out(args.json ? json('note', { note }) : `note: ${describeLate(note)}`),
      onFinding: (finding) => io.out(args.json ? json('finding', { finding }) : describeFinding(finding)),
      onHead: (head) => io.out(args.json ? json('head', { head }) : `head ${formatHead(head)}`),
    });
    if (!args.json && summary.outside.kind === 'compared')
      for (const loss of summary.outside.losses) io.out(`note: ${describeLoss(loss)}`);
    io.out(
      args.json
        ? json('summary', { ...summary, expected: expected.length, keys: trusted.map(({ text }) => text) })
        : conclusion(summary, trusted, expected.length),
    );
    return summary.findings === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
}

const bigintAsText = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

/** Says no more than was checked: without heads from elsewhere a log that was emptied looks like a new one. */
export function conclusion(
  summary: Pick<VerifySummary, 'organisations' | 'entries' | 'findings' | 'outside'>,
  trusted: readonly Pick<TrustedKey, 'text'>[],
  expected: number,
): string {
  const { organisations, entries, findings } = summary;
  const keys = trusted.map(({ text }) => text).join(', ');
  const what = `${count(entries, 'entry', 'entries')} of ${count(organisations, 'organisation')}, signed by ${keys}`;
  if (findings > 0) return `${what}: ${count(findings, 'finding')}`;
  const noted = expected > 0 ? `, with the ${count(expected, 'expected head')}` : '';
  const ends = `${noted}; ${outsideText(summary.outside, expected > 0)}`;
  return organisations === 0 ? `0 organisations, nothing to verify${ends}` : `${what}: intact${ends}`;
}

function outsideText(outside: Outside, expected: boolean): string {
  if (outside.kind === 'unknown') {
    const ends = expected ? '' : '; that no end was cut off shows only with --expect';
    return `not compared with the heads noted with the files: ${outside.why}${ends}`;
  }
  const { last, anchors } = outside;
  if (!last) return 'no head is noted with the files yet';
  return `${count(anchors, 'head')} noted with the files agree, the last of ${last.at}`;
}

function describeLate({ organisation, entries, from, to, longestSeconds }: LateSeals): string {
  const numbers = from === to ? `number ${from}` : `numbers ${from} to ${to}`;
  return `organisation ${organisation}: ${count(entries, 'entry', 'entries')} (${numbers}) waited up to ${longestSeconds} s for their seal; did the hub stand still then?`;
}

function describeLoss({ epoch, number, at, reason }: Loss): string {
  return `at ${at} an operator accepted that what was sealed after round ${number} is lost (${epoch - 1}. time): ${reason}`;
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
