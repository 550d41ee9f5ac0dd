import { defineErrors } from '../../kernel/errors.ts';

export const queueError = defineErrors({
  queue_unreachable: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the queue does not answer',
  },
  queue_not_migrated: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the queue has no tables in this database, or those of another version',
  },
  queue_misconfigured: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the queue server is set up so that it would lose jobs, or refuses this role',
  },
  queue_unknown: {
    kind: 'invalid',
    retryable: false,
    meaning: 'this version has no queue of that name',
  },
  queue_stopped: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'this process is stopping, or has not started, and takes no jobs',
  },
  job_without_handler: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'a job is declared and nothing handles it',
  },
  job_with_two_handlers: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'two handlers claim the same job',
  },
  job_declared_wrongly: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the declaration of a job or of a schedule is not valid',
  },
  job_unknown: {
    kind: 'invalid',
    retryable: false,
    meaning: 'this version knows no job of that name',
  },
  job_input_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the input of the job does not match its schema',
  },
  job_input_too_large: {
    kind: 'too_large',
    retryable: false,
    meaning: 'the input of the job is too large; pass an id instead of the thing',
  },
  job_id_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the id of the job is not usable',
  },
  job_timeout: {
    kind: 'timeout',
    retryable: true,
    meaning: 'the job ran for longer than it may',
  },
  job_not_found: {
    kind: 'not_found',
    retryable: false,
    meaning: 'there is no failed job of that id',
  },
  job_not_failed: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the job is not in the state failed',
  },
  job_discard_without_reason: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a failed job is thrown away with a reason, or not at all',
  },
  queue_cursor_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the cursor of the list is not one that was handed out',
  },
});
