import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { identityEvents, LinkMailService } from '../../src/identity/index.ts';
import type { OutboxEvent } from '../../src/platform/db/index.ts';
import { openMailer } from '../../src/platform/mail/index.ts';
import { type IdentityStage, type Joined, openIdentity, PASSWORD } from '../support/identity.ts';
import { type MailPeer, openMailPeer } from '../support/smtp-server.ts';

let stage: IdentityStage;
let peer: MailPeer;
let mine: string;
let manager: Joined;
let linkMail: LinkMailService;

beforeAll(async () => {
  peer = await openMailPeer();
  stage = await openIdentity([], { sendsMail: true });
  mine = await stage.addOrganisation('Mine');
  manager = await stage.join(mine, ['manager'], 'manager@example.org');
  const mailer = openMailer({ url: peer.url, from: 'Meterline <meters@example.org>' });
  const { account, people } = stage.services;
  linkMail = new LinkMailService({ account, people, mailer });
});
beforeEach(async () => {
  await deliver();
  peer.mails.length = 0;
});
afterAll(async () => {
  await stage.close();
  await peer.close();
});

/** What the outbox has told, through the handlers of the hub: the job's input goes straight to what runs it. */
const told = new Set<string>();
async function deliver(): Promise<void> {
  await stage.services.trailing.settled();
  const { rows } = await stage.ground.pools.owner.query<OutboxEvent & { organisation_id: string }>(
    'select id, organisation_id, topic, key, payload from outbox order by id',
  );
  const handlers = identityEvents(
    {
      enqueue: async (_job, input, options) => {
        await linkMail.send(input as never);
        return { id: options?.id ?? '' };
      },
    },
    true,
  );
  for (const event of rows) {
    if (told.has(event.id)) continue;
    told.add(event.id);
    await handlers[event.topic]?.(event, AbortSignal.timeout(10_000));
  }
}

const tokenIn = (text = '') => /#(ml[il]_[\w-]{43})/.exec(text)?.[1] ?? '';
const invitations = () => `/identity/organisations/${mine}/invitations`;

test('an invitation goes to the address, in all languages, and proves it when it comes back', async () => {
  const given = { name: 'Room 7', contact: 'room7@example.org', roles: ['tenant'], send: true };
  const invited = await manager.client.post(invitations(), given);
  expect(invited).toMatchObject({ status: 201, body: { address: null, qr: null } });
  await deliver();
  expect(peer.mails).toMatchObject([{ to: ['room7@example.org'], from: 'meters@example.org' }]);
  const [mail] = peer.mails;
  for (const word of ['คุณได้รับเชิญ', 'You are invited', 'Anda diundang']) expect(mail?.plain).toContain(word);
  expect(mail?.raw).toMatch(/^auto-submitted: auto-generated$/im);
  const browser = stage.client();
  const accept = { token: tokenIn(mail?.plain), password: PASSWORD };
  expect((await browser.post('/identity/invitations/accept', accept)).status).toBe(200);
  expect((await browser.get('/session')).body.contacts).toEqual([
    { kind: 'email', value: 'room7@example.org', verified: true },
  ]);
});

test('a contact that somebody else typed in at joining is not proven by the link that came elsewhere', async () => {
  await manager.client.post(invitations(), {
    name: 'Room 8',
    contact: 'room8@example.org',
    roles: ['tenant'],
    send: true,
  });
  await deliver();
  const browser = stage.client();
  const accept = { token: tokenIn(peer.mails[0]?.plain), password: PASSWORD, contact: 'other8@example.org' };
  expect((await browser.post('/identity/invitations/accept', accept)).status).toBe(200);
  expect((await browser.get('/session')).body.contacts).toMatchObject([{ verified: false }]);
});

test('whoever confirmed an address sets a new password by a link that comes there; a reset by hand sends nothing', async () => {
  const tenant = await stage.join(mine, ['tenant'], 'reset@example.org');
  await tenant.client.post('/identity/contacts', { contact: 'reset@example.org' });
  await deliver();
  expect(peer.mails).toMatchObject([{ to: ['reset@example.org'] }]);
  const confirmed = { token: tokenIn(peer.mails[0]?.plain) };
  expect((await stage.client().post('/identity/contacts/confirm', confirmed)).status).toBe(200);

  await stage.client().post('/identity/reset-requests', { login: 'reset@example.org' });
  await stage.client().post('/identity/reset-requests', { login: 'nobody@example.org' });
  await deliver();
  expect(peer.mails).toHaveLength(2);
  const password = 'another four words here';
  const reset = { token: tokenIn(peer.mails[1]?.plain), password };
  expect((await stage.client().post('/identity/reset', reset)).status).toBe(200);
  expect((await stage.client().signIn('reset@example.org', password)).status).toBe(200);

  const handed = await manager.client.post(
    `/identity/organisations/${mine}/people/${tenant.person}/reset-link`,
  );
  await deliver();
  expect(peer.mails).toHaveLength(2);
  const byHand = { token: tokenIn(String(handed.body.address)), password: 'yet another four words' };
  expect((await stage.client().post('/identity/reset', byHand)).status).toBe(200);
});

test('no link goes to an address that nobody proved', async () => {
  await stage.join(mine, ['tenant'], 'claimed@example.org');
  await stage.client().post('/identity/reset-requests', { login: 'claimed@example.org' });
  await deliver();
  expect(peer.mails).toEqual([]);
});

test('an invitation without an address, or to a phone, cannot be sent', async () => {
  for (const contact of [undefined, '0812345678']) {
    const given = { name: 'No mail', contact, roles: ['tenant'], send: true };
    const refused = await manager.client.post(invitations(), given);
    expect(refused).toMatchObject({ body: { code: 'identity_invalid' } });
  }
});

const letter = { to: 'somebody@example.org', subject: 'x', text: 'https://x.example.org/reset#mll_secret' };

test.each([
  ['a mailbox that there is not', '550 no such mailbox somebody@example.org', 'mail_refused', false],
  ['a server that is full', '451 try again, somebody@example.org', 'mail_unreachable', true],
])('%s: said without the address', async (_what, answer, code, retryable) => {
  peer.refuseNext(answer);
  const mailer = openMailer({ url: peer.url, from: 'meters@example.org' });
  const error = await mailer.send(letter).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code, retryable });
  expect(`${JSON.stringify(error)} ${String(error)}`).not.toMatch(/somebody|mll_/);
  expect((error as Error).cause).toBeUndefined();
});

test('a server that is not there is worth another try', async () => {
  const mailer = openMailer({ url: 'smtp://127.0.0.1:1', from: 'meters@example.org' });
  await expect(mailer.send(letter)).rejects.toMatchObject({ code: 'mail_unreachable', retryable: true });
});

test('an address is an address: nothing in it is a second receiver or a header', async () => {
  const mailer = openMailer({ url: peer.url, from: 'meters@example.org' });
  await mailer.send({ ...letter, to: 'one@example.org,two@example.org' }).catch(() => {});
  await mailer.send({ ...letter, subject: 'x\r\nBcc: two@example.org' });
  expect(peer.mails.flatMap(({ to }) => to)).not.toContain('two@example.org');
  for (const { raw } of peer.mails) expect(raw).not.toMatch(/^bcc:/im);
});
