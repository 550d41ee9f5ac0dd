import { declaredErrors, type ErrorKind } from '../kernel/errors.ts';
import { statusOf } from '../platform/http/index.ts';
// Brings in every part of the hub, and with it the codes that each declares.
import './hub.ts';

const HIDDEN: readonly ErrorKind[] = ['internal', 'misconfigured'];

const HEAD = `# Error codes

Generated from the code by \`make gen\`; do not edit.

Every error of the API is \`application/problem+json\` (RFC 9457) with a stable \`code\`, the \`requestId\` that is also in the log, and
\`retryable\`: whether the same request may succeed later without anybody changing anything. Programs decide by \`code\`;
\`type\` is \`urn:meterline:problem:\` and the code, a name that leads nowhere: this page is the reference.
\`detail\` is for people and may change. The same codes stand in the log, and in the reasons of failed jobs.`;

/** The reference of all codes, generated so that none is missing. */
export function emitErrorReference(): string {
  const errors = declaredErrors();
  const row = (error: (typeof errors)[number]) =>
    `| \`${error.code}\` | ${statusOf(error)} | ${error.retryable ? 'yes' : ''} | ${error.meaning.replaceAll('|', '\\|')} |`;
  const table = (hidden: boolean) => [
    '| code | status | retryable | meaning |',
    '|---|---|---|---|',
    ...errors.filter((error) => HIDDEN.includes(error.kind) === hidden).map(row),
  ];
  const sections = [
    HEAD,
    ['## Answers', '', ...table(false)].join('\n'),
    [
      '## Faults of the hub',
      '',
      'A caller sees the code and the request id, and nothing else; the log has the rest. At the start of a hub these are the line that it ends with.',
      '',
      ...table(true),
    ].join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}
