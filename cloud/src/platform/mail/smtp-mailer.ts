import { createTransport } from 'nodemailer';
import { mailError } from './mail.errors.ts';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailerOptions {
  /** `smtps://user:password@mail.example.org`, or `smtp://` with STARTTLS. */
  readonly url: string;
  readonly from: string;
}

/** One connection a message: what is sent here is rare, and a connection that idles is one that breaks. */
export interface Mailer {
  send(letter: Letter): Promise<void>;
}

const TIMES = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 } as const;
const HERE = new Set(['localhost', '127.0.0.1', '[::1]']);

export function openMailer({ url, from }: MailerOptions): Mailer {
  const { hostname, protocol } = new URL(url);
  const transport = createTransport(
    {
      url,
      ...TIMES,
      requireTLS: protocol === 'smtp:' && !HERE.has(hostname),
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    // Answering machines must not answer (RFC 3834).
    { from, headers: { 'auto-submitted': 'auto-generated' } },
  );
  return {
    async send({ to, subject, text }) {
      // As an address and not as text: what is in it is never read as a second receiver or a header.
      const sent = transport.sendMail({ to: { name: '', address: to }, subject, text });
      await sent.catch((error: unknown) => {
        throw explain(error);
      });
    },
  };
}

/** Without its cause: the words of a server repeat the address of the receiver. */
function explain(error: unknown): Error {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const answer = typeof responseCode === 'number' ? responseCode : undefined;
  const said = answer === undefined ? String(code ?? 'no answer') : `code ${answer}`;
  // RFC 5321, 4.2.1: 5yz is final. Who refuses our sign-in may be made to accept it.
  const final = answer !== undefined && answer >= 500 && code !== 'EAUTH';
  const details = { ...(answer !== undefined && { answer }), code: String(code ?? '') };
  return final
    ? mailError('mail_refused', { message: `the mail server refused it (${said})`, details })
    : mailError('mail_unreachable', { message: `the mail server did not take it (${said})`, details });
}
