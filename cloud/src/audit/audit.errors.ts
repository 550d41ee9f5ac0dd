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
  audit_key_unknown: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'keys.master is not the key under which persons were encrypted',
  },
});
