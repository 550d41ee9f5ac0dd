import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveConfig } from './config.effective.ts';
import { configKeys, emitConfigurationDoc, formatProblem, parseConfig, Secret } from './index.ts';
import { collectSecrets, redactUrl, secretStrings } from './secret.ts';

const master = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');
const required = {
  METERLINE_HTTP__OPERATOR_TOKEN: 'operator-token-0123456789abcdef',
  METERLINE_DATABASE__APP_URL: 'postgres://meterline_app:hunter2pw@db:5432/meterline',
  METERLINE_DATABASE__WORKER_URL: 'postgres://meterline_worker:hunter5pw@db:5432/meterline',
  METERLINE_DATABASE__INGEST_URL: 'postgres://meterline_ingest:hunter3pw@db:5432/meterline',
  METERLINE_DATABASE__READ_ONLY_URL: 'postgres://meterline_readonly:hunter4pw@db:5432/meterline',
  METERLINE_FILES__FOLDER: '/var/lib/meterline/files',
  METERLINE_KEYS__MASTER: master,
};

function problemsOf(input: Parameters<typeof parseConfig>[0]): string[] {
  const result = parseConfig(input);
  return result.ok ? [] : result.problems.map(formatProblem);
}
const withFile = (text: string, env: Record<string, string | undefined> = required): string[] =>
  problemsOf({ env, file: { name: 'hub.yaml', text } });

describe('parseConfig', () => {
  it('fills in every documented default', () => {
    const result = parseConfig({ env: required });
    if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
    for (const key of configKeys.filter(
      (each) => each.defaultValue !== undefined && each.backends.length === 0,
    )) {
      const value = key.path.reduce<unknown>(
        (node, part) => (node as Record<string, unknown>)[part],
        result.config,
      );
      expect([key.name, value]).toEqual([key.name, key.defaultValue]);
    }
  });

  it('lets the environment win over the file and options over both', () => {
    const result = parseConfig({
      env: { ...required, METERLINE_HTTP__PORT: '9000', METERLINE_ROLE: 'ingest' },
      file: { name: 'hub.yaml', text: 'role: api\nhttp:\n  port: 7000\n  host: "::1"\n' },
      options: { role: 'worker' },
    });
    expect(result).toMatchObject({ ok: true, config: { role: 'worker', http: { port: 9000, host: '::1' } } });
  });

  it('asks for the sign-in that sees everybody where it is used, and refuses it where it is not', () => {
    const { METERLINE_DATABASE__WORKER_URL: url, ...without } = required;
    const line = (role: string, env: Record<string, string | undefined>) =>
      problemsOf({ env, options: { role } });
    expect(line('api', without)).toEqual([]);
    expect(line('ingest', without)).toEqual([]);
    for (const role of ['all', 'worker'])
      expect(line(role, without)).toEqual([
        'config: database.workerUrl is required for the roles all and worker; set it in the file or as METERLINE_DATABASE__WORKER_URL (or METERLINE_DATABASE__WORKER_URL_FILE)',
      ]);
    for (const role of ['api', 'ingest'])
      expect(line(role, { ...without, METERLINE_DATABASE__WORKER_URL: url })).toEqual([
        'config: database.workerUrl (METERLINE_DATABASE__WORKER_URL) must be set for the roles all and worker only: it opens the rows of all organisations',
      ]);
  });

  it('reports every problem of every source at once, each with its place', () => {
    const problems = withFile(
      'role: chief\nhttp:\n  prot: 1\n  port: 99999\nqueue:\n  url: redis://x\nfoo: 1\nlog: {level: loud}\n',
      {
        METERLINE_HTPP__PORT: '1',
        METERLINE_DATABASE__POOL_SIZE: 'many',
        METERLINE_KEYS__MASTER: 'c2hvcnQ=',
      },
    );
    expect(problems).toEqual([
      'config: database.poolSize (METERLINE_DATABASE__POOL_SIZE) must be a whole number',
      'config: METERLINE_HTPP__PORT is not a known setting; did you mean METERLINE_HTTP__PORT?',
      'config: role (hub.yaml:1) must be all or api or ingest or worker',
      'config: http.port (hub.yaml:4) must be 65535 or less',
      'config: http.operatorToken is required; set it in the file or as METERLINE_HTTP__OPERATOR_TOKEN (or METERLINE_HTTP__OPERATOR_TOKEN_FILE)',
      'config: http.prot (hub.yaml:3) is not a known key; did you mean http.port?',
      'config: log.level (hub.yaml:8) must be fatal or error or warn or info or debug or trace or silent',
      'config: database.appUrl is required; set it in the file or as METERLINE_DATABASE__APP_URL (or METERLINE_DATABASE__APP_URL_FILE)',
      'config: database.ingestUrl is required; set it in the file or as METERLINE_DATABASE__INGEST_URL (or METERLINE_DATABASE__INGEST_URL_FILE)',
      'config: database.readOnlyUrl is required; set it in the file or as METERLINE_DATABASE__READ_ONLY_URL (or METERLINE_DATABASE__READ_ONLY_URL_FILE)',
      'config: queue.url (hub.yaml:6) belongs to queue.backend redis, but queue.backend is postgres; remove one of them',
      'config: files.folder is required; set it in the file or as METERLINE_FILES__FOLDER',
      'config: keys.master (METERLINE_KEYS__MASTER) must be 32 random bytes in base64; make one with: openssl rand -base64 32',
      'config: foo (hub.yaml:7) is not a known key; remove it',
    ]);
  });

  it.each([
    [
      'the same key twice',
      'http:\n  port: 1\n  port: 2\n',
      /hub\.yaml:3\) is not valid YAML: the same key stands twice/,
    ],
    ['broken YAML', 'http: [1\n', /hub\.yaml:\d\) is not valid YAML/],
    ['a list at the top', '- a\n', /must be a map of keys/],
    ['a scalar for a group', 'http: 8080\n', /http \(hub\.yaml:1\) must be a group of keys/],
    ['a prototype key', '__proto__:\n  polluted: true\n', /__proto__ .*is not a known key/],
    ['text for a number', 'http: {port: "8080"}\n', /http\.port \(hub\.yaml:1\) must be a whole number/],
    [
      'an unknown backend',
      'queue: {backend: kafka}\n',
      /queue\.backend \(hub\.yaml:1\) must be postgres or redis/,
    ],
    ['trusting every proxy', 'http: {trustProxy: true}\n', /choose its own address/],
    [
      'a network that is none',
      'http: {trustProxy: ["10.0.0.0/64"]}\n',
      /trustProxy \(hub\.yaml:1\) must be false/,
    ],
    ['a password in the public address', 'http: {publicUrl: "https://a:b@x"}\n', /must not carry a user/],
    [
      'migrating without the owner',
      'database: {migrateOnStart: true}\n',
      /database\.ownerUrl.* is required when database\.migrateOnStart/,
    ],
    ['an object for a text', 'http: {host: {a: 1}}\n', /http\.host \(hub\.yaml:1\) must be a text/],
    ['a text that is empty', 'http: {host: ""}\n', /http\.host \(hub\.yaml:1\) must not be empty$/],
    [
      'a text that is too long',
      `http: {host: ${'h'.repeat(300)}}\n`,
      /http\.host \(hub\.yaml:1\) must have 253 or fewer characters$/,
    ],
    ['a wrong level of nesting', 'port: 1\n', /did you mean http\.port\?/],
    [
      'a password with a slash and an @ in it',
      'database: {ownerUrl: "postgresql://app:ab@cd/Zx9-tail@host/meterline"}\n',
      /^config: database\.ownerUrl \(hub\.yaml:1\) must have its password percent-encoded [^Z]*$/m,
    ],
    [
      'a Redis password with a slash in it',
      'queue: {backend: redis, url: "redis://:ss:6379/tail@cache:6379"}\n',
      /queue\.url \(hub\.yaml:1\) must (have its password percent-encoded|be a URL)/,
    ],
  ])('refuses %s', (_, text, expected) => {
    const problems = withFile(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it('says how long a text must be', () => {
    const file = 'files: {backend: s3, bucket: b, region: "", accessKeyId: a, secretAccessKey: s}\n';
    expect(withFile(file, { ...required, METERLINE_FILES__FOLDER: undefined })).toEqual([
      'config: files.bucket (hub.yaml:1) must have 3 or more characters',
      'config: files.region (hub.yaml:1) must not be empty',
    ]);
  });

  it('refuses aliases that would fill the memory', () => {
    const next = (c: string) => String.fromCharCode(c.charCodeAt(0) + 1);
    const lines = [...'abcdefgh'].map((c) => `${next(c)}: &${next(c)} [${Array(9).fill(`*${c}`)}]`);
    const problems = withFile(['a: &a [x,x,x,x,x,x,x,x,x]', ...lines].join('\n'));
    expect(problems[0]).toMatch(/^config: file \(hub\.yaml\) is not valid YAML: Excessive alias count/);
  });

  it.each([
    [{ METERLINE_HTTP: 'x' }, /is a group; set its keys/],
    [
      { METERLINE_HTTP__RATE_LIMIT: '5' },
      /is a group; set its keys, as METERLINE_HTTP__RATE_LIMIT__PER_MINUTE/,
    ],
    [{ METERLINE_KEYS__MASTER_FILE: '/absent' }, /is set twice/],
    [{ METERLINE_KEYS__MASTER: '', METERLINE_KEYS__MASTER_FILE: '/absent' }, /cannot be read/],
    [{ METERLINE_KEYS__MASTER: '' }, /keys\.master is required/],
    [{ METERLINE_DATABASE__MIGRATE_ON_START: 'yes' }, /must be true or false/],
    [{ METERLINE_HTTP__TRUST_PROXY: '1' }, /choose its own address/],
    [{ METERLINE_HTTP__PORT: '0x10' }, /must be a whole number/],
    [{ METERLINE_KEYS__MASTER: `${'A'.repeat(43)}=` }, /32 random bytes/],
  ])('refuses the environment %j', (extra, expected) => {
    expect(problemsOf({ env: { ...required, ...extra } }).join('\n')).toMatch(expected);
  });

  it.each([
    {
      METERLINE_PORT: 'tcp://10.0.0.1:80',
      METERLINE_API_SERVICE_HOST: '10.0.0.1',
      METERLINE_PORT_8080_TCP_ADDR: 'x',
    },
    { METERLINE_ROOT: '/somewhere', METERLINE_CONFIG: 'hub.yaml', METERLINE_HTTP__HOST: '' },
    { METERLINE_HTTP__TRUST_PROXY: '10.0.0.0/8, ::1' },
    { METERLINE_HTTP__TRUST_PROXY: 'false' },
  ])('accepts the environment %j', (extra) => {
    expect(problemsOf({ env: { ...required, ...extra } })).toEqual([]);
  });

  it('reads the value of a _FILE variable without its last newline', () => {
    const { METERLINE_KEYS__MASTER: _, ...rest } = required;
    const readFile = (path: string): string => (path === '/run/secrets/master' ? `${master}\n` : '');
    const result = parseConfig({
      env: { ...rest, METERLINE_KEYS__MASTER_FILE: '/run/secrets/master' },
      readFile,
    });
    expect(result.ok && result.config.keys.master.reveal()).toBe(master);
  });

  it('gives a backend all of its own keys and none of the other', () => {
    const { METERLINE_FILES__FOLDER: _, ...rest } = required;
    const result = parseConfig({
      env: { ...rest, METERLINE_QUEUE__BACKEND: 'redis', METERLINE_QUEUE__URL: 'redis://:redispw1@r:6379/0' },
      file: {
        name: 'hub.yaml',
        text: 'files: {backend: s3, bucket: bills, region: x, accessKeyId: id, secretAccessKey: verysecret}\n',
      },
    });
    expect(result).toMatchObject({
      ok: true,
      config: { queue: { backend: 'redis' }, files: { forcePathStyle: false } },
    });
  });

  it('never shows a refused value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...configKeys), fc.stringMatching(/^s3cr3t[a-z0-9]{12}$/), (key, value) => {
        expect(problemsOf({ env: { ...required, [key.env]: value } }).join('\n')).not.toContain(value);
      }),
    );
  });
});

describe('docs/operate/hub.example.yaml', () => {
  const example = readFileSync(new URL('../../../docs/operate/hub.example.yaml', import.meta.url), 'utf8');
  const { METERLINE_FILES__FOLDER: _, ...secrets } = required;

  it('is a configuration that only lacks its secrets', () => {
    expect(withFile(example, secrets)).toEqual([]);
    for (const line of withFile(example, {}))
      expect(line).toMatch(/^config: (http\.operatorToken|database\.\w+Url|keys\.master) is required/);
  });

  it('shows every key, and nothing by default that is not so', () => {
    const shown = new Set([...example.matchAll(/^\s*(?:# )?(\w+):(?: |$)/gm)].map(([, name]) => name));
    for (const { path } of configKeys) for (const part of path) expect(shown).toContain(part);
    const uncommented = example.replace(
      /^(\s*)# (bodyLimitBytes|requestTimeoutMs|statementTimeoutMs|maxBytes|signedUrlSeconds):/gm,
      '$1$2:',
    );
    const parse = (text: string) => parseConfig({ env: secrets, file: { name: 'hub.yaml', text } });
    expect(uncommented).not.toBe(example);
    expect(parse(uncommented)).toEqual(parse(example));
  });
});

describe('the reference of keys', () => {
  it('says which keys are required only with their backend', () => {
    const doc = emitConfigurationDoc();
    expect(doc).toMatch(/^\| `files\.bucket` \| text \| \*\*required\*\* with `s3` \| Only with `s3`: /m);
    expect(doc).toMatch(
      /^\| `files\.folder` \| text \| \*\*required\*\* with `folder` \| Only with `folder`: /m,
    );
    expect(doc).toMatch(/^\| `files\.endpoint` \| text \| – \| Only with `s3`: /m);
    expect(doc).toMatch(/^\| `keys\.master` \| text ● \| \*\*required\*\* \| 32 random/m);
  });
});

describe('secrets', () => {
  const result = parseConfig({
    env: { ...required, METERLINE_QUEUE__BACKEND: 'redis', METERLINE_QUEUE__URL: 'redis://:redispw1@r/0' },
  });
  if (!result.ok) throw new Error('the fixture is wrong');
  const { config } = result;
  const hidden = collectSecrets(config).flatMap(secretStrings);

  it('are masked in JSON, inspection, templates and the effective configuration', () => {
    const shown = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.keys.master} ${config.database.appUrl}`,
      String(config.http.operatorToken),
      effectiveConfig(config),
    ].join('\n');
    expect(hidden).toHaveLength(12);
    for (const secret of hidden) expect(shown).not.toContain(secret);
    expect(shown).toContain('postgres://meterline_app:[secret]@db:5432/meterline');
  });

  it.each([
    [
      'postgres://u:p@h/d?sslmode=require&password=x',
      'postgres://u:[secret]@h/d?sslmode=require&password=[secret]',
    ],
    ['redis://:p%40ss@h:6379/0', 'redis://:[secret]@h:6379/0'],
    ['not a url with p@ss', '[secret]'],
  ])('masks the passwords of %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it('knows every spelling of a password that could turn up in a log', () => {
    expect(secretStrings(Secret.url('redis://:p%40ss@h/0'))).toEqual([
      'redis://:p%40ss@h/0',
      'p%40ss',
      'p@ss',
    ]);
  });
});

describe('emitConfigurationDoc', () => {
  it('describes every key', () => {
    const text = emitConfigurationDoc();
    for (const key of configKeys) {
      expect(key.description, key.name).not.toBe('');
      expect(text).toContain(`\`${key.name}\``);
    }
  });
});
