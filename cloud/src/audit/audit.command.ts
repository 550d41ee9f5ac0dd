import { createPool, Database } from '../platform/db/index.ts';
import { auditError } from './audit.errors.ts';
import { deriveAuditKeys } from './audit.keys.ts';
import { type ExpectedHead, verifyAudit } from './audit.verify.ts';
import { parseTrustedKey, type TrustedKey } from './domain/checkpoint.ts';
import { describeFinding } from './domain/findings.ts';

export interface AuditVerifyArguments {
  /** Of meterline_app, or of whoever may become meterline_worker. */
  readonly url: string;
  readonly setting?: string;
  /** Public keys: 32 bytes in base64, or PEM. An auditor needs no secret. */
  readonly trust?: readonly string[];
  /** Without `trust`: the hub's own master key, from which the public key is derived. */
  readonly master?: Buffer;
  /** `organisation:number:digest`, as an earlier run printed it. */
  readonly expect?: readonly string[];
  readonly json?: boolean;
}

export interface Output {
  out(line: string): void;
  err(line: string): void;
}

/** `meterline audit verify`: 0 when all is intact, 1 when something was found. What prevents the check is thrown. */
export async function runAuditVerify(args: AuditVerifyArguments, io: Output): Promise<number> {
  const trusted = trustedKeys(args);
  const expected = (args.expect ?? []).map(parseExpectation);
  const pool = createPool({
    url: args.url,
    setting: args.setting ?? 'database.appUrl',
    size: 1,
    applicationName: 'meterline audit verify',
  });
  const db = new Database({
    pool,
    url: args.url,
    ...(args.setting ? { setting: args.setting } : {}),
    stores: {},
    onHookError: (error) => {
      throw error;
    },
  });
  const json = (kind: string, value: object) => JSON.stringify({ kind, ...value }, bigintAsText);
  try {
    const summary = await verifyAudit({
      db,
      trusted,
      expected,
      onFinding: (finding) => io.out(args.json ? json('finding', { finding }) : describeFinding(finding)),
      onHead: (head) => io.out(args.json ? json('head', { head }) : `head ${formatHead(head)}`),
    });
    io.out(
      args.json
        ? json('summary', { ...summary, keys: trusted.map(({ text }) => text) })
        : sentence(summary, trusted),
    );
    return summary.findings === 0 ? 0 : 1;
  } finally {
    await pool.end();
  }
}

const bigintAsText = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

export const formatHead = ({ organisation, number, digest }: ExpectedHead) =>
  `${organisation}:${number}:${digest}`;

function sentence(
  summary: { organisations: number; entries: number; findings: number },
  trusted: readonly TrustedKey[],
): string {
  const { organisations, entries, findings } = summary;
  const result = findings === 0 ? 'intact' : `${findings} finding${findings === 1 ? '' : 's'}`;
  return `${entries} entries of ${organisations} organisations, signed by ${trusted.map(({ text }) => text).join(', ')}: ${result}`;
}

function trustedKeys({ trust = [], master }: AuditVerifyArguments): readonly TrustedKey[] {
  const keys = trust.map((text) => {
    const key = parseTrustedKey(text);
    if (key) return key;
    throw auditError('audit_argument_invalid', {
      message: `--trust: "${text.slice(0, 60)}" is no Ed25519 public key (32 bytes in base64, or PEM)`,
    });
  });
  if (keys.length > 0) return keys;
  if (master) return [deriveAuditKeys(master).signer];
  throw auditError('audit_argument_invalid', {
    message: 'give --trust, or a configuration with keys.master',
  });
}

const EXPECTATION = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([1-9]\d{0,17}):([0-9a-f]{64})$/;

function parseExpectation(text: string): ExpectedHead {
  const [, organisation, number, digest] = EXPECTATION.exec(text) ?? [];
  if (organisation && number && digest) return { organisation, number: BigInt(number), digest };
  throw auditError('audit_argument_invalid', {
    message: `--expect: "${text.slice(0, 120)}" is not of the form organisation:number:digest`,
  });
}
