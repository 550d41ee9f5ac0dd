import { defineErrors } from '../kernel/errors.ts';

export const auditError = defineErrors({
  audit_context_invalid: {
    kind: 'internal',
    retryable: false,
    meaning: 'an audit entry belongs to one organisation, or to the platform',
  },
  audit_record_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the audit entry is not as it must be',
  },
  audit_history_lost: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the audit of the database lacks what had been sealed: it was cut off, rewritten or restored',
  },
  audit_chain_blocked: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the audit of an organisation cannot be continued: something was put on top of it by hand',
  },
  audit_anchors_unreadable: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the heads of the audit that are kept with the files cannot be read or written',
  },
  audit_key_unknown: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'keys.master is not the key under which persons were encrypted',
  },
});
