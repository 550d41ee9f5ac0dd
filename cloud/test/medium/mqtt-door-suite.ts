import { setTimeout as sleep } from 'node:timers/promises';
import type { IClientOptions, MqttClient } from 'mqtt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createIds } from '../../src/kernel/ids.ts';
import type { MqttDoor, MqttDoorHandlers } from '../../src/platform/mqtt/index.ts';
import { contractRules, gatewayClient, gatewayOf, type Issued, TestAuthority } from '../support/mqtt.ts';

const ids = createIds(systemClock);
const DAY_MS = 86_400_000;

export interface Received {
  readonly gateway: string;
  readonly topic: string;
  readonly payload: Buffer;
}

/** What a test decides about a message: settled at once by default. */
export interface Stage {
  readonly received: Received[];
  settle: (message: Received) => Promise<void>;
  readonly handlers: MqttDoorHandlers;
  /** Fingerprints that are let in; of the embedded broker. */
  readonly known: Map<string, string>;
  readonly tokens: Map<string, string>;
}

export function createStage(): Stage {
  const stage: Stage = {
    received: [],
    settle: async () => {},
    known: new Map(),
    tokens: new Map(),
    handlers: {
      ...contractRules,
      async authenticate({ certificate, username, password }) {
        const name = certificate ? stage.known.get(certificate.fingerprint) : undefined;
        if (certificate)
          return name === certificate.commonName
            ? { name, by: 'certificate', fingerprint: certificate.fingerprint }
            : undefined;
        if (username === undefined || stage.tokens.get(username) !== password?.toString()) return undefined;
        return { name: username, by: 'token' };
      },
      async received(principal, topic, payload) {
        const message = { gateway: principal?.name ?? gatewayOf(topic), topic, payload };
        stage.received.push(message);
        await stage.settle(message);
      },
    },
  };
  return stage;
}

export interface Running {
  readonly door: MqttDoor;
  readonly port: number;
  /** Makes a revocation known to whoever lets clients in. */
  revoke(issued: Issued): Promise<void>;
  stop(): Promise<void>;
}

export const gatewayId = (): string => ids.next();
export const up = (gateway: string, channel = 'up/readings') => `ml/1/${gateway}/${channel}`;

/** What both ways of having a broker must do alike; each is the real thing. */
export function doorSuite(name: string, start: (stage: Stage, authority: TestAuthority) => Promise<Running>) {
  describe(name, () => {
    let authority: TestAuthority;
    let stage: Stage;
    let running: Running;
    const clients: MqttClient[] = [];

    beforeAll(async () => {
      authority = await TestAuthority.create();
      stage = createStage();
      running = await start(stage, authority);
    });
    beforeEach(() => {
      stage.received.length = 0;
      stage.settle = async () => {};
    });
    afterEach(async () => {
      await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
    });
    afterAll(() => running?.stop());

    async function enrolled(id = gatewayId()): Promise<{ id: string; issued: Issued }> {
      const issued = await authority.client(id);
      stage.known.set(issued.fingerprint, id);
      return { id, issued };
    }

    async function joined(options: IClientOptions = {}, as?: { id: string; issued: Issued }) {
      const { id, issued } = as ?? (await enrolled());
      const client = await gatewayClient(running.port, authority, id, issued, options);
      clients.push(client);
      return { id, issued, client };
    }

    const heard = (client: MqttClient): string[] => {
      const list: string[] = [];
      client.on('message', (topic, payload) =>
        list.push(`${topic.split('/').slice(3).join('/')} ${payload}`),
      );
      return list;
    };
    const until = (check: () => void) => vi.waitFor(check, { timeout: 8_000, interval: 10 });

    it('hands over what a gateway publishes, byte for byte', async () => {
      const { id, client } = await joined();
      const payload = Buffer.from([0, 255, 10, 128, 0]);
      await client.publishAsync(up(id), payload, { qos: 1 });
      await until(() => expect(stage.received).toEqual([{ gateway: id, topic: up(id), payload }]));
      await client.publishAsync(up(id, 'up/readings/z'), Buffer.alloc(900_000, 7), { qos: 1 });
      await until(() => expect(stage.received[1]?.payload.length).toBe(900_000));
    });

    it('loses nothing of what cannot be stored now', async () => {
      let refusals = 2;
      stage.settle = async () => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('the database is away');
      };
      const { id, client } = await joined({ reconnectPeriod: 100 });
      await client.publishAsync(up(id), 'once more', { qos: 1 });
      await until(() => expect(stage.received.length).toBeGreaterThanOrEqual(3));
      expect(new Set(stage.received.map(({ payload }) => payload.toString()))).toEqual(
        new Set(['once more']),
      );
    });

    it('brings down what is for a gateway, and what is kept for whoever subscribes later', async () => {
      const { id, client } = await joined();
      const list = heard(client);
      await running.door.publish(up(id, 'down/keys'), Buffer.from('old keys'), { retain: true });
      await running.door.publish(up(id, 'down/keys'), Buffer.from('keys'), { retain: true });
      await client.subscribeAsync(`ml/1/${id}/down/#`, { qos: 1 });
      await until(() => expect(list).toEqual(['down/keys keys']));
      await running.door.publish(up(id, 'down/receipt'), Buffer.from('receipt'));
      await until(() => expect(list).toEqual(['down/keys keys', 'down/receipt receipt']));
    });

    it('keeps for a gateway that is away what comes meanwhile', async () => {
      const as = await enrolled();
      const first = await joined({}, as);
      await first.client.subscribeAsync(`ml/1/${as.id}/down/#`, { qos: 1 });
      await first.client.endAsync();
      await sleep(50);
      await running.door.publish(up(as.id, 'down/command'), Buffer.from('switch'));
      const list: string[] = [];
      const back = await gatewayClient(running.port, authority, as.id, as.issued, {}, (topic) =>
        list.push(topic),
      );
      clients.push(back);
      await until(() => expect(list).toContain(up(as.id, 'down/command')));
    });

    it('speaks the will of a gateway whose connection breaks, and only its own', async () => {
      const as = await enrolled();
      const will = {
        topic: up(as.id, 'up/status'),
        payload: Buffer.from('gone'),
        qos: 1 as const,
        retain: false,
      };
      const { client } = await joined({ will }, as);
      client.stream.destroy();
      await until(() => expect(stage.received.map(({ payload }) => payload.toString())).toEqual(['gone']));
      const other = await enrolled();
      const foreign = { ...will, topic: up(as.id, 'up/status'), payload: Buffer.from('forged') };
      await joined({ will: foreign }, other).then(
        ({ client: bad }) => bad.stream.destroy(),
        () => {},
      );
      await sleep(200);
      expect(stage.received.map(({ payload }) => payload.toString())).toEqual(['gone']);
    });

    it('keeps gateways apart: nothing in and nothing out under another name', async () => {
      const [victim, thief] = [await joined(), await joined()];
      const [own, stolen] = [heard(victim.client), heard(thief.client)];
      await victim.client.subscribeAsync(`ml/1/${victim.id}/down/#`, { qos: 1 });
      for (const filter of [
        '#',
        '+/#',
        'ml/1/+/down/#',
        `ml/1/${victim.id}/down/#`,
        `ml/1/${victim.id}/#`,
        '$share/x/ml/1/+/down/#',
        `$share/x/ml/1/${victim.id}/down/receipt`,
        '$SYS/#',
      ])
        await thief.client.subscribeAsync(filter, { qos: 1 }).catch(() => {});
      for (const topic of [up(victim.id), up(victim.id, 'down/command'), '$SYS/x', up(victim.id, 'live')])
        await thief.client.publishAsync(topic, 'forged', { qos: 1 }).catch(() => {});
      await running.door.publish(up(victim.id, 'down/receipt'), Buffer.from('for the victim'));
      await until(() => expect(own).toEqual(['down/receipt for the victim']));
      await sleep(100);
      expect([stolen, own.length, stage.received]).toEqual([[], 1, []]);
    });

    it('does not let a gateway take the place of another by its client id', async () => {
      const [victim, thief] = [await joined(), await enrolled()];
      let lost = false;
      victim.client.on('close', () => {
        lost = true;
      });
      await joined({ clientId: victim.id }, thief).catch(() => {});
      await sleep(150);
      expect(lost).toBe(false);
      await victim.client.publishAsync(up(victim.id), 'still here', { qos: 1 });
      await until(() => expect(stage.received.map(({ gateway }) => gateway)).toEqual([victim.id]));
    });

    it('lets the newest connection of a gateway live, and ends the one before', async () => {
      const first = await joined();
      const closed = new Promise<void>((resolve) => first.client.once('close', () => resolve()));
      const second = await joined({}, first);
      await closed;
      await second.client.publishAsync(up(second.id), 'new', { qos: 1 });
      await until(() => expect(stage.received).toHaveLength(1));
    });

    it.each([
      ['of another authority', async () => (await TestAuthority.create()).client(gatewayId())],
      ['that has run out', (own: TestAuthority) => own.client(gatewayId(), Date.now() - 400 * DAY_MS)],
      [
        'for a server',
        async (own: TestAuthority) => ({ ...(await own.server(['x'])), serial: '', fingerprint: '' }),
      ],
    ])('turns away a certificate %s', async (_, make) => {
      const issued = await make(authority);
      await expect(gatewayClient(running.port, authority, gatewayId(), issued)).rejects.toThrow();
    });

    it('turns away who has neither certificate nor token', async () => {
      const id = gatewayId();
      await expect(
        gatewayClient(
          running.port,
          authority,
          id,
          { cert: '', key: '' },
          { username: id, password: 'guess' },
        ),
      ).rejects.toThrow();
    });

    it('turns away a certificate that was revoked, also where it is connected', async () => {
      const { id, issued, client } = await joined();
      await running.revoke(issued);
      if (name.startsWith('embedded')) await until(() => expect(client.connected).toBe(false));
      await client.endAsync(true);
      await expect(gatewayClient(running.port, authority, id, issued)).rejects.toThrow();
    });
  });
}
