import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigStore, NO_MEMORY } from '../src/desired/config-store.ts';
import { brokerFindings } from '../src/doctor/broker.ts';
import { clockFindings } from '../src/doctor/clock.ts';
import { configFindings } from '../src/doctor/config.ts';
import { diskFindings } from '../src/doctor/disk.ts';
import { sizeText, spanText } from '../src/doctor/finding.ts';
import { examine, type Finding, findingLines, worst } from '../src/doctor/index.ts';
import { portFindings } from '../src/doctor/ports.ts';
import { certificateFindings } from '../src/doctor/trust.ts';
import { certificateRequest } from '../src/enrol/csr.ts';
import { Credentials, openIdentity } from '../src/enrol/index.ts';
import { BUS, config, GATEWAY, meter, NOW, PROFILES } from './desired-fixture.ts';
import { Authority, scratch } from './enrol-support.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function file(path: string, text = '', at = NOW): string {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  utimesSync(whole, at / 1_000, at / 1_000);
  return whole;
}

/** Whatever is not well must say what to do. */
const states = (findings: readonly Finding[]): string => {
  for (const { state, todo } of findings) expect(todo === undefined).toBe(state === 'ok');
  return findings.map(({ state, what }) => `${state} ${what}`).join('\n');
};

describe('the clock', () => {
  it.each([
    ['never set', () => {}, 0, /bad stands at 1970/],
    ['not confirmed', () => {}, NOW, /bad no time source/],
    [
      'confirmed by timesyncd',
      () => file('run/systemd/timesync/synchronized', '', NOW - 60_000),
      NOW,
      /ok synchronised by systemd-timesyncd, last 60 s ago/,
    ],
    [
      'long ago',
      () => file('run/systemd/timesync/synchronized', '', NOW - 3 * 86_400_000),
      NOW,
      /warn synchronised.*3 days ago/,
    ],
    [
      'by chrony',
      () => [file('run/chrony/chronyd.sock'), file('var/lib/chrony/drift', '', NOW - 5_000)],
      NOW,
      /ok synchronised by chrony/,
    ],
    ['chrony is gone', () => void file('var/lib/chrony/drift', '', NOW), NOW, /bad no time source/],
    [
      'the battery is empty',
      () => [
        file('run/systemd/timesync/synchronized', '', NOW),
        file('sys/class/rtc/rtc0/since_epoch', '946684800'),
      ],
      NOW,
      /warn the clock with the battery is/,
    ],
  ] as [string, () => unknown, number, RegExp][])('%s', (_, prepare, now, expected) => {
    prepare();
    expect(states(clockFindings(now, root))).toMatch(expected);
  });
});

describe('the disk', () => {
  it('a gateway that was never started', () => {
    expect(states(diskFindings({ state: join(root, 'none'), journal: 'x', root }))).toMatch(
      /warn .*never started/,
    );
  });

  it('a journal, and one that was put aside', () => {
    file('state/journal.sqlite', 'x'.repeat(5_000));
    file('state/journal.sqlite.bad-1');
    const findings = diskFindings({
      state: join(root, 'state'),
      journal: join(root, 'state/journal.sqlite'),
      root,
    });
    expect(states(findings)).toMatch(/the journal takes 5\.0 kB[\s\S]*1 damaged file/);
  });

  it('a card that is worn out, and one that is written too much', () => {
    file('state/x');
    file('proc/self/mounts', `/dev/mmcblk0p2 ${root} ext4 rw 0 0`);
    file('proc/uptime', '864000.0 1');
    file('sys/block/mmcblk0/stat', `1 1 1 1 1 1 ${20 * 10 * 2_000_000} 1`);
    const look = () => diskFindings({ state: join(root, 'state'), journal: 'x', root });
    expect(states(look())).toMatch(/warn mmcblk0: 20 GB a day/);
    file('sys/block/mmcblk0/device/life_time', '0x09 0x01');
    expect(states(look())).toMatch(/bad mmcblk0 says that 90 %/);
  });
});

describe('ports', () => {
  const bus = (url: string) => [{ id: BUS, name: 'floor 1', url }];

  it('one that is not there, with those that are', async () => {
    expect(states(await portFindings(bus('serial:///dev/ttyUSB7'), root))).toMatch(
      /bad floor 1: \/dev\/ttyUSB7 is not there/,
    );
  });

  it('one that is there', async () => {
    file('dev/ttyUSB0');
    expect(states(await portFindings(bus('serial:///dev/ttyUSB0'), root))).toMatch(/ok floor 1/);
  });

  it('a converter that answers, and one that does not', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(states(await portFindings(bus(`tcp://127.0.0.1:${port}`), root))).toMatch(/ok .*answers/);
    await new Promise((resolve) => server.close(resolve));
    expect(states(await portFindings(bus(`tcp://127.0.0.1:${port}`), root))).toMatch(
      /bad .*refuses the connection/,
    );
  });

  it('a machine without any', async () => {
    expect(states(await portFindings([], root))).toMatch(/warn there is no serial port/);
  });
});

describe('certificate and broker', () => {
  const place = scratch();
  let authority: Authority;
  let stranger: Authority;
  let server: ReturnType<Authority['issue']>;
  beforeAll(() => {
    for (const name of ['a', 'b']) mkdirSync(join(place.path, name));
    authority = new Authority(join(place.path, 'a'));
    stranger = new Authority(join(place.path, 'b'), 'CN=Stranger');
    server = authority.issue('/CN=localhost', 'ec', 'serverAuth');
  });
  afterAll(() => place.remove());

  const wallMs = () => Date.now();
  function enrolled(by = authority, until?: number) {
    const identity = openIdentity(root, { wallMs });
    const credentials = new Credentials(root, wallMs);
    const csr = certificateRequest(identity.gateway, credentials.requestKey());
    const chain = [by.sign(csr, 'clientAuth', until === undefined ? {} : { until })];
    credentials.enrol('https://hub', 'mqtts://localhost:1', chain, [authority.certificate]);
    return { identity, credentials };
  }

  it('no identity, then not enrolled', () => {
    expect(states(certificateFindings(undefined, undefined, NOW))).toMatch(/warn .*no identity/);
    const identity = openIdentity(root, { wallMs });
    expect(states(certificateFindings(identity, new Credentials(root, wallMs), NOW))).toMatch(
      /warn not enrolled/,
    );
  });

  it.each([
    ['a good one', () => enrolled(authority, Date.now() + 20 * 86_400_000), /ok valid for 20 days/],
    ['one that ends soon', () => enrolled(), /warn valid for 10 days/],
    ['one that is over', () => enrolled(authority, Date.now() - 1_000), /bad .*expired/],
    ['one of a stranger', () => enrolled(stranger), /bad .*pinned CA/],
  ])('%s', (_, make, expected) => {
    const { identity, credentials } = make();
    expect(states(certificateFindings(identity, credentials, Date.now()))).toMatch(expected);
  });

  it('a damaged file stays where it is', () => {
    openIdentity(root, { wallMs });
    const path = file('credentials.json', '{');
    const credentials = new Credentials(root, wallMs, 'look');
    expect(credentials.quarantined).toBe(path);
    expect(new Credentials(root, wallMs, 'look').quarantined).toBe(path);
  });

  async function broker(
    answer: 'accept' | 'refuse' | 'second' | 'no-mqtt' | 'other-ca',
    run: (url: string) => Promise<void>,
  ) {
    const { key, certificate } =
      answer === 'other-ca' ? stranger.issue('/CN=localhost', 'ec', 'serverAuth') : server;
    const codes = { accept: 0, refuse: 5, second: 2 } as const;
    const tls: Server = createTlsServer(
      { key, cert: certificate.toString(), ca: [authority.pem], requestCert: true, rejectUnauthorized: true },
      (socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () =>
          socket.write(
            answer === 'no-mqtt'
              ? 'HTTP/1.1 400'
              : Buffer.of(0x20, 2, 0, codes[answer as keyof typeof codes] ?? 0),
          ),
        );
      },
    );
    tls.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => tls.listen(0, 'localhost', resolve));
    const address = tls.address();
    try {
      await run(`mqtts://localhost:${typeof address === 'object' && address ? address.port : 0}`);
    } finally {
      tls.close();
    }
  }

  it.each([
    ['accept', authority_, /ok TLS and certificate are accepted/],
    ['refuse', authority_, /bad the broker does not let this gateway in/],
    ['second', authority_, /warn TLS is accepted; the broker lets no second client in/],
    ['no-mqtt', authority_, /bad .*no MQTT broker/],
    ['other-ca', authority_, /bad another server answers than the one that was pinned/],
    ['accept', () => stranger, /bad the broker refuses the certificate/],
  ] as const)('a broker that would %s', async (answer, by, expected) => {
    const { identity, credentials } = enrolled(by());
    await broker(answer, async (url) => {
      const current = credentials.current(null);
      if (!current) throw new Error('not enrolled');
      expect(states(await brokerFindings({ url, gateway: identity.gateway, credentials: current }))).toMatch(
        expected,
      );
    });
  });

  function authority_() {
    return authority;
  }

  it.each([
    ['mqtts://no-such-name.invalid:8883', /bad no-such-name\.invalid has no address/],
    ['mqtts://127.0.0.1:1', /bad 127\.0\.0\.1:1 .*refuses the connection/],
    ['mqtt://127.0.0.1:1', /is not mqtts/],
  ])('%s', async (url, expected) => {
    const { identity, credentials } = enrolled();
    const current = credentials.current(null);
    if (!current) throw new Error('not enrolled');
    expect(states(await brokerFindings({ url, gateway: identity.gateway, credentials: current }))).toMatch(
      expected,
    );
  });
});

describe('the configuration', () => {
  const check = (over: Partial<Parameters<typeof configFindings>[0]>) =>
    states(
      configFindings({
        memory: NO_MEMORY,
        local: 0,
        context: { gateway: GATEWAY, profiles: PROFILES },
        profiles: PROFILES,
        ...over,
      }),
    );
  const good = (over = {}) => ({
    ...NO_MEMORY,
    good: { version: 3, digest: 'x', config: config(3, over) },
    desired: 3,
  });

  it('none, one, and one that was given up', () => {
    expect(check({})).toMatch(/warn nothing is configured/);
    expect(check({ memory: good() })).toMatch(/ok version 3: 1 buses, 2 meters[\s\S]*ok all meters/);
    const bad = [
      {
        version: 4,
        digest: 'y',
        state: 'rolled-back' as const,
        problems: [{ path: 'meters[0].unit', code: 'meter-silent', message: 'unit 9' }],
      },
    ];
    expect(check({ memory: { ...good(), bad, desired: 4 } })).toMatch(
      /warn version 4 was rolled-back: meters\[0\]\.unit unit 9/,
    );
  });

  it('doubtful profiles', () => {
    const water = meter(0, {
      profile: 'xintai-water@1',
      points: [{ ...at(meter(0).points, 0), register: 'volume_forward_total' }],
    });
    expect(check({ memory: good({ meters: [water] }) })).toMatch(
      /warn 100: xintai-water@1 is of medium confidence/,
    );
  });

  it('meters that wait for the hub', () => {
    expect(check({ local: 2 })).toMatch(/ok 2 meters commissioned here wait for the hub/);
  });
});

const at = <T>(list: readonly T[], i: number): T => {
  const found = list[i];
  if (found === undefined) throw new RangeError(`no ${i}`);
  return found;
};

describe('all of it', () => {
  it('on a machine that has nothing, without making anything', async () => {
    const state = join(root, 'state');
    const findings = await examine({ state, profiles: PROFILES, wallMs: () => NOW, root });
    expect(worst(findings)).toBe('bad');
    expect(new Set(findings.map(({ part }) => part))).toEqual(
      new Set(['clock', 'disk', 'port', 'certificate', 'config']),
    );
    expect(() => openIdentity(state, { wallMs: () => NOW })).not.toThrow();
  });

  it('whose configuration was written by a person', async () => {
    const state = join(root, 'state');
    const local = new ConfigStore(state, () => NOW, 'config.local.json');
    local.save({
      ...NO_MEMORY,
      good: { version: 4, digest: 'x', config: config(4) },
      desired: 4,
    });
    const findings = await examine({ state, profiles: PROFILES, wallMs: () => NOW, root });
    expect(states(findings)).toMatch(/^ok version 4: \d+ buses, \d+ meters$/m);
    expect(findings.some(({ part }) => part === 'port')).toBe(true);
    expect(states(findings)).not.toContain('nothing is configured');
  });

  it('with a damaged configuration', async () => {
    const store = new ConfigStore(root, () => 1);
    store.save({ ...NO_MEMORY, good: { version: 3, digest: 'x', config: config(3) } });
    file('config.json', 'x');
    const findings = await examine({ state: root, profiles: PROFILES, wallMs: () => NOW, root });
    expect(states(findings)).toMatch(/damaged/);
  });

  it('as text', () => {
    const finding: Finding = { part: 'clock', state: 'bad', what: 'x', todo: 'y' };
    expect(findingLines(finding, false)).toEqual(['BAD   clock        x', '                   → y']);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [12_345_678, '12 MB'],
    [5e15, '5000 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it.each([
    [5_000, '5 s'],
    [300_000, '5 minutes'],
    [36e5 * 5, '5 hours'],
    [864e5 * 5, '5 days'],
  ])('%d ms are %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});
