import { defineErrors } from '../../kernel/errors.ts';

export const mailError = defineErrors({
  mail_unreachable: {
    kind: 'unavailable',
    retryable: true,
    meaning: 'the mail server of mail.url does not answer, or does not take messages at the moment',
  },
  mail_refused: {
    kind: 'conflict',
    retryable: false,
    meaning: 'the mail server refuses the message or its receiver for good',
  },
});
