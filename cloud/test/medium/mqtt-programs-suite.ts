import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestAuthority } from '../support/mqtt.ts';
import { createStage, gatewayId, type Running, type Stage, up } from './mqtt-door-suite.ts';

type Means = 'certificate' | 'token';

interface Guest {
  readonly id: string;
  readonly credentials: readonly string[];
  revoke(): Promise<void>;
}

interface Listener {
  readonly heard: () => readonly string[];
  readonly child: ChildProcess;
  readonly ended: Promise<number>;
}

/** Long enough for what should not come to come. */
const A_WHILE_MS = 250;

/** What mosquitto_pub and mosquitto_sub get in and out of a broker with the credentials of somebody else: nothing. */
export function programsSuite(
  name: string,
  means: readonly Means[],
  start: (stage: Stage, authority: TestAuthority) => Promise<Running>,
): void {
  describe.each(means)(`${name}, for mosquitto_pub and mosquitto_sub with a %s`, (by) => {
    const folder = mkdtempSync(join(tmpdir(), 'meterline-programs-'));
    const children: ChildProcess[] = [];
    let authority: TestAuthority;
    let stage: Stage;
    let running: Running;
    let victim: Guest;
    let thief: Guest;

    beforeAll(async () => {
      authority = await TestAuthority.create();
      stage = createStage();
      running = await start(stage, authority);
      writeFileSync(join(folder, 'ca.pem'), authority.ca);
    });
    beforeEach(async () => {
      [victim, thief] = [await guest(), await guest()];
      stage.received.length = 0;
    });
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    });
    afterAll(async () => {
      await running?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function guest(): Promise<Guest> {
      const id = gatewayId();
      const common = ['-h', '127.0.0.1', '-p', String(running.port), '-V', 'mqttv311', '--cafile', 'ca.pem'];
      if (by === 'token') {
        stage.tokens.set(id, `token of ${id}`);
        const revoke = async () => void stage.tokens.delete(id);
        return { id, credentials: [...common, '-u', id, '-P', `token of ${id}`], revoke };
      }
      const issued = await authority.client(id);
      stage.known.set(issued.fingerprint, id);
      writeFileSync(join(folder, `${id}.pem`), issued.cert);
      writeFileSync(join(folder, `${id}.key`), issued.key, { mode: 0o600 });
      const credentials = [...common, '--cert', `${id}.pem`, '--key', `${id}.key`];
      return { id, credentials, revoke: () => running.revoke(issued) };
    }

    function begin(program: string, args: readonly string[]): Listener {
      const child = spawn(program, args, { cwd: folder });
      children.push(child);
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (text += bytes));
      const ended = once(child, 'close').then(([code]) => Number(code ?? -1));
      return { child, ended, heard: () => text.split('\n').filter((line) => line !== '') };
    }

    const publish = (as: Guest, topic: string, more: readonly string[] = [], id = as.id) =>
      begin('mosquitto_pub', [...as.credentials, '-i', id, '-t', topic, '-m', 'forged', '-q', '1', ...more])
        .ended;

    /** Resolves when it stands: what is published from then on is heard, or may not be. */
    async function listen(as: Guest, filters: readonly string[], more: readonly string[] = []) {
      const topics = [`ml/1/${as.id}/down/#`, ...filters].flatMap((filter) => ['-t', filter]);
      const listener = begin('mosquitto_sub', [
        ...as.credentials,
        '-i',
        as.id,
        ...topics,
        '-q',
        '1',
        '-v',
        ...more,
      ]);
      await until(async () => {
        await running.door.publish(up(as.id, 'down/config'), Buffer.from('hello'));
        expect(listener.heard()).toContain(`${up(as.id, 'down/config')} hello`);
      });
      return listener;
    }

    const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 8_000, interval: 50 });
    const beyondHello = ({ heard }: Listener) =>
      heard().filter((line) => !line.endsWith('/down/config hello'));
    const foreignTopics = () => [
      ...['up/readings', 'up/readings/z', 'up/status', 'up/result', 'up/simple', 'live'].map((channel) =>
        up(victim.id, channel),
      ),
      ...['down/receipt', 'down/command', 'down/keys'].map((channel) => up(victim.id, channel)),
      `$SYS/${victim.id}`,
      `$share/x/${up(victim.id)}`,
    ];

    it('takes what is published under its own name', async () => {
      expect(await publish(thief, up(thief.id))).toBe(0);
      await until(() => expect(stage.received.map(({ topic }) => topic)).toEqual([up(thief.id)]));
    });

    it.each([
      ['once', []],
      ['to be kept', ['-r']],
      ['at most once', ['-q', '0']],
      ['exactly once', ['-q', '2']],
      ['under the client id of another', ['-i', 'victim']],
    ])('takes nothing that is published under another name, %s', async (_, more) => {
      const listener = await listen(victim, []);
      const options = more.map((word) => (word === 'victim' ? victim.id : word));
      for (const topic of foreignTopics()) await publish(thief, topic, options);
      await publish(thief, up(thief.id), []);
      // What it may say has come through: so would have what came before it.
      await until(() => expect(stage.received.map(({ topic }) => topic)).toEqual([up(thief.id)]));
      await sleep(A_WHILE_MS);
      expect([stage.received.length, beyondHello(listener)]).toEqual([1, []]);
      expect(listener.child.exitCode).toBe(null);
      // Nor is anything of it kept for whoever comes later.
      listener.child.kill();
      await listener.ended;
      const later = await listen(victim, []);
      await sleep(A_WHILE_MS);
      expect(beyondHello(later)).toEqual([]);
    });

    it.each([
      ['#', '+/#', 'ml/#', 'ml/1/+/down/#', '+/+/+/+/receipt', '$SYS/#', '$SYS/broker/clients/#'],
      ['ml/1/ID/down/#', 'ml/1/ID/#', 'ml/1/ID/up/#', 'ml/1/ID/down/receipt', 'ml/1/ID/live'],
      ['$share/x/#', '$share/x/ml/1/+/up/#', '$share/meterline/ml/1/+/up/#', '$share/x/ml/1/ID/down/#'],
    ])('hears nothing of another, whatever it subscribes to: %s …', async (...filters) => {
      await running.door.publish(up(victim.id, 'down/keys'), Buffer.from('kept'), { retain: true });
      const stolen = await listen(
        thief,
        filters.map((filter) => filter.replace('ID', victim.id)),
      );
      for (const channel of ['down/receipt', 'down/command'] as const) {
        await running.door.publish(up(victim.id, channel), Buffer.from('secret'));
        await running.door.publish(up(victim.id, channel), Buffer.from('kept'), { retain: true });
      }
      // So many that a stolen share of them would show.
      await publish(victim, up(victim.id), ['--repeat', '40'], victim.id);
      await publish(victim, up(victim.id, 'live'), [], victim.id);
      await running.door.publish(up(thief.id, 'down/receipt'), Buffer.from('for the thief'));
      await until(() =>
        expect(beyondHello(stolen)).toContain(`${up(thief.id, 'down/receipt')} for the thief`),
      );
      await sleep(A_WHILE_MS);
      // Whatever else it prints is what the program says of refusals.
      const messages = beyondHello(stolen).filter((line) => /^(ml\/|\$SYS)/.test(line));
      expect(messages.filter((line) => !line.startsWith(up(thief.id, 'down/receipt')))).toEqual([]);
      expect(stolen.heard().join()).not.toContain(victim.id);
      const told = () => stage.received.filter(({ topic }) => topic === up(victim.id));
      await until(() => expect(told().length).toBe(40));
    });

    it('speaks no will under another name, kept or not', async () => {
      const listener = await listen(victim, []);
      for (const topic of [up(victim.id, 'up/status'), up(victim.id, 'down/command')])
        for (const kept of [[], ['--will-retain']]) {
          const will = ['--will-topic', topic, '--will-payload', 'forged', '--will-qos', '1', ...kept];
          const dying = begin('mosquitto_sub', [
            ...thief.credentials,
            '-i',
            thief.id,
            '-t',
            up(thief.id, 'down/#'),
            ...will,
          ]);
          await sleep(A_WHILE_MS);
          dying.child.kill('SIGKILL');
          await dying.ended;
        }
      const own = ['--will-topic', up(thief.id, 'up/status'), '--will-payload', 'gone', '--will-qos', '1'];
      const dying = await listen(thief, [], own);
      dying.child.kill('SIGKILL');
      await until(() => expect(stage.received.map(({ payload }) => String(payload))).toEqual(['gone']));
      await sleep(A_WHILE_MS);
      expect([stage.received.map(({ gateway }) => gateway), beyondHello(listener)]).toEqual([[thief.id], []]);
    });

    it('lets nothing in or out with what was revoked', async () => {
      await publish(thief, up(thief.id), ['-r']);
      await until(() => expect(stage.received).toHaveLength(1));
      await thief.revoke();
      await running.door.publish(up(thief.id, 'down/keys'), Buffer.from('kept'), { retain: true });
      expect(await publish(thief, up(thief.id))).not.toBe(0);
      const deaf = begin('mosquitto_sub', [
        ...thief.credentials,
        '-i',
        thief.id,
        '-t',
        up(thief.id, 'down/#'),
        '-t',
        '#',
        '-v',
      ]);
      await running.door.publish(up(thief.id, 'down/receipt'), Buffer.from('receipt'));
      await sleep(A_WHILE_MS * 2);
      deaf.child.kill();
      await deaf.ended;
      expect(deaf.heard().filter((line) => line.startsWith('ml/'))).toEqual([]);
      expect(stage.received).toHaveLength(1);
    });
  });
}
