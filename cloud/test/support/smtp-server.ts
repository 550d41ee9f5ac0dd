import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly raw: string;
  /** Without the line breaks that the transfer put in. */
  readonly plain: string;
}

export interface MailPeer {
  readonly url: string;
  readonly mails: ReceivedMail[];
  /** What the next receivers are answered with, as `550 no such mailbox`; then all is well again. */
  refuseNext(...answers: string[]): void;
  close(): Promise<void>;
}

/** A mail server of the tests: whatever comes is kept. */
export async function openMailPeer(): Promise<MailPeer> {
  const mails: ReceivedMail[] = [];
  const refusals: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, callback) {
      const answer = refusals.shift();
      if (answer === undefined) return callback();
      callback(Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) }));
    },
    onData(stream, { envelope }, callback) {
      text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ to: envelope.rcptTo.map(({ address }) => address), from, raw, plain: decoded(raw) });
        callback();
      }, callback);
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuseNext: (...answers) => void refusals.push(...answers),
    close: () => new Promise((done) => void server.close(() => done())),
  };
}

/** Quoted-printable or base64, RFC 2045. */
function decoded(raw: string): string {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
