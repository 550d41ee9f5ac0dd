export { type Acknowledged, acknowledgeLoss } from './audit.acknowledge.ts';
export { AnchorLog } from './audit.anchors.ts';
export { type AuditVerifyArguments, type Output, runAuditVerify } from './audit.command.ts';
export { auditError } from './audit.errors.ts';
export type { AuditFilter } from './audit.filter.ts';
export { type AuditKeys, deriveAuditKeys, open as openBox, seal as sealBox } from './audit.keys.ts';
export { AuditReader, type ShownEntry } from './audit.reader.ts';
export {
  type AuditBacklog,
  AuditSealer,
  auditBacklog,
  type SealerMetrics,
  type SealerOptions,
} from './audit.sealer.ts';
export { AuditLog, type AuditOptions, type AuditPage, type AuditRecord, auditStore } from './audit.store.ts';
export { type VerifyOptions, type VerifySummary, verifyAudit } from './audit.verify.ts';
export { parseTrustedKey, type TrustedKey } from './domain/checkpoint.ts';
export type { Entry } from './domain/entry.ts';
export { type ExpectedHead, parseHead } from './domain/expected-head.ts';
export { describeFinding, type Finding } from './domain/findings.ts';
export type { PersonalValue, RevealedValue } from './personal.ts';
export { type Refusal, RefusalLog } from './refusal-log.ts';
