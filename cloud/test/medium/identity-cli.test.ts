import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { endHubs, hubEnv, MASTER_KEY, temporaryFolder } from '../support/hub-process.ts';
import { type IdentityStage, openIdentity, PASSWORD } from '../support/identity.ts';

let stage: IdentityStage;
let organisation: string;
let env: ReturnType<typeof hubEnv>;

beforeAll(async () => {
  // The commands have the configuration of a hub, and with it its keys.
  stage = await openIdentity([], { master: Buffer.from(MASTER_KEY, 'base64') });
  // The only one, so that no command needs to name it.
  organisation = await stage.addOrganisation('Mine');
  env = hubEnv(stage.fresh, temporaryFolder(), { METERLINE_HTTP__PUBLIC_URL: 'https://meters.example.org' });
});
afterAll(async () => {
  endHubs();
  await stage.close();
});

async function run(...args: string[]) {
  return meterline('user', ...args);
}

async function meterline(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    env,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const tokenOf = (text: string): string => /#(ml[il]_[\w-]{43})/.exec(text)?.[1] ?? '';

test('a person from the printed link to being disabled, and back', async () => {
  const invited = await run(
    'invite',
    '--name',
    'Khun Som',
    '--as',
    'owner',
    'manager',
    '--contact',
    '0812345678',
  );
  expect(invited).toMatchObject({ code: 0, err: '' });
  expect(invited.out).toMatch(/^https:\/\/meters\.example\.org\/join#mli_/);
  // The QR code, and until when.
  expect(invited.out.split('\n').length).toBeGreaterThan(15);
  expect(invited.out).toMatch(/good once, until \d{4}-/);
  const browser = stage.client();
  const accept = { token: tokenOf(invited.out), password: PASSWORD };
  const joined = await browser.post('/identity/invitations/accept', accept);
  expect(joined.status).toBe(200);
  const person = String(joined.body.person);

  const list = await run('list', '--json');
  expect(JSON.parse(list.out)).toMatchObject({
    person,
    name: 'Khun Som',
    roles: ['owner', 'manager'],
    contacts: [{ kind: 'phone', value: '+66812345678', verified: false }],
    state: 'active',
  });
  expect(await run('disable', person)).toMatchObject({ code: 0, out: `${person} is disabled` });
  expect((await browser.get('/session')).status).toBe(401);
  expect((await run('list')).out).toContain('disabled');
  expect((await run('enable', person)).code).toBe(0);

  const reset = await run('reset', person, '--second-factor', '--json');
  const link = JSON.parse(reset.out) as { address: string };
  const set = { token: tokenOf(link.address), password: 'set by a printed link' };
  expect((await stage.client().post('/identity/reset', set)).status).toBe(200);
  expect((await stage.client().signIn('0812345678', set.password)).status).toBe(200);
});

test('the platform has people of its own', async () => {
  const invited = await run('invite', '--platform', '--name', 'Admin', '--as', 'platform_admin', '--json');
  expect(invited.code).toBe(0);
  expect((await run('list', '--platform')).out).toBe('none');
});

test.each([
  ['a role that is none', ['invite', '--name', 'X', '--as', 'root'], /"root" is no role/],
  [
    'the platform’s role in an organisation',
    ['invite', '--name', 'X', '--as', 'platform_admin'],
    /is the role of the platform/,
  ],
  ['two places', ['list', '--platform', '--organisation', 'Mine'], /exclude each other/],
  [
    'a contact that is none',
    ['invite', '--name', 'X', '--as', 'tenant', '--contact', 'x'],
    /no phone number/,
  ],
  ['nobody', ['disable', '01900000-0000-7000-8000-000000000000'], /nobody of that id/],
  ['what is no id', ['reset', 'somchai'], /nobody of that id/],
])('%s is refused in one line', async (_what, args, line) => {
  const { code, out, err } = await run(...args);
  expect(code).not.toBe(0);
  expect(out).toBe('');
  expect(err).toMatch(line);
  expect(err).not.toContain('\n');
});

test('a notice, a copy of somebody’s data, the audit, and forgetting', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  writeFileSync(at('privacy.en'), 'What we keep\n\nNames, contacts, readings.\n');
  const published = await meterline(
    'notice',
    'publish',
    '--kind',
    'privacy',
    '--text',
    `en=${at('privacy.en')}`,
    '--json',
  );
  expect(JSON.parse(published.out)).toMatchObject({ kind: 'privacy', version: 1, required: false });
  const malformed = await meterline('notice', 'publish', '--kind', 'privacy', '--text', 'fr=x');
  expect(malformed).toMatchObject({ code: 64, err: expect.stringContaining('not of the form th=file') });

  const joined = await stage.join(organisation, ['tenant'], 'leaver@example.org');
  expect(await run('export', joined.person, '--out', at('data.json'))).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(at('data.json'), 'utf8'))).toMatchObject({
    account: { contacts: [{ value: 'leaver@example.org' }] },
  });
  expect(statSync(at('data.json')).mode & 0o077).toBe(0);

  const listed = await meterline('audit', 'list', '--action', 'person.joined', '--limit', '1', '--json');
  expect(JSON.parse(listed.out)).toMatchObject({ subject: { type: 'person', id: joined.person } });
  expect(await meterline('audit', 'list', '--limit', '0')).toMatchObject({ code: 64 });
  expect(await meterline('audit', 'export', '--outcome', 'perhaps', '--out', at('x'))).toMatchObject({
    code: 64,
  });
  expect(await meterline('audit', 'export', '--out', at('audit.csv'))).toMatchObject({ code: 0 });
  expect(readFileSync(at('audit.csv'), 'utf8')).toContain('person.joined');

  expect(await run('forget', joined.person, '--reason', 'asked by letter')).toMatchObject({ code: 0 });
  expect((await stage.client().signIn('leaver@example.org')).status).toBe(401);
});
