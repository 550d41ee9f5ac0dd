import { assertSchema, createPool, Database, errorCode } from '../platform/db/index.ts';
import { type VerifySummary, verifyAudit } from './audit.verify.ts';
import type { TrustedKey } from './domain/checkpoint.ts';
import { type ExpectedHead, formatHead } from './domain/expected-head.ts';
import { describeFinding } from './domain/findings.ts';

export interface AuditVerifyArguments {
  /** Of meterline_worker, or of whoever else may read the audit of all organisations. */
  readonly url: string;
  readonly setting?: string;
  /** An auditor needs no secret. */
  readonly trusted: readonly TrustedKey[];
  readonly expected?: readonly ExpectedHead[];
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
      onFinding: (finding) => io.out(args.json ? json('finding', { finding }) : describeFinding(finding)),
      onHead: (head) => io.out(args.json ? json('head', { head }) : `head ${formatHead(head)}`),
    });
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

/** Says no more than was checked: without heads of an earlier run a log that was emptied looks like a new one. */
export function conclusion(
  { organisations, entries, findings }: Pick<VerifySummary, 'organisations' | 'entries' | 'findings'>,
  trusted: readonly Pick<TrustedKey, 'text'>[],
  expected: number,
): string {
  const keys = trusted.map(({ text }) => text).join(', ');
  const what = `${count(entries, 'entry', 'entries')} of ${count(organisations, 'organisation')}, signed by ${keys}`;
  if (findings > 0) return `${what}: ${count(findings, 'finding')}`;
  const ends =
    expected > 0
      ? `, with the ${count(expected, 'expected head')}`
      : '; that no end was cut off shows only with --expect';
  return organisations === 0 ? `0 organisations, nothing to verify${ends}` : `${what}: intact${ends}`;
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
