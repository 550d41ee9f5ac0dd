import { connectAsync } from 'mqtt';
import pg from 'pg';
import { startMosquitto } from '../../../scripts/stack/mosquitto.ts';
import { preparePublishers } from './publish.ts';

const PUBLISHERS = 50;
const MESSAGES = 200;
const CREATE =
  'create table if not exists peer_reading (point int, at timestamptz, value bigint, primary key (point, at))';
const INSERT = 'insert into peer_reading values ($1, $2, $3) on conflict do nothing';

export const PEER = 'mosquitto, mqtt.js, one INSERT a message';

/** Readings a second of the usual design: a broker, a subscriber, an INSERT each; until the last row is stored. */
export async function measurePeer(url: string): Promise<number> {
  const broker = await startMosquitto({ settings: ['allow_anonymous true', 'max_queued_messages 0'] });
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  await pool.query(CREATE);
  const subscriber = await connectAsync(broker.url);
  let stored = 0;
  const total = PUBLISHERS * MESSAGES;
  const all = new Promise<void>((resolve, reject) => {
    subscriber.on('message', (_, payload) => {
      const { point, at, value } = JSON.parse(String(payload)) as {
        point: number;
        at: number;
        value: number;
      };
      pool.query(INSERT, [point, new Date(at).toISOString(), value]).then(() => {
        stored += 1;
        if (stored === total) resolve();
      }, reject);
    });
  });
  await subscriber.subscribeAsync('readings/#', { qos: 1 });
  const at = Date.now();
  const loads = Array.from({ length: PUBLISHERS }, (_, point) => ({
    user: '',
    password: '',
    topic: `readings/${point}`,
    payloads: Array.from({ length: MESSAGES }, (__, n) =>
      Buffer.from(JSON.stringify({ point, at: at + n * 1_000, value: n })),
    ),
  }));
  const publishers = await preparePublishers(Number(new URL(broker.url).port), loads, 20);
  const since = performance.now();
  await publishers.run();
  await all;
  const ms = performance.now() - since;
  await subscriber.endAsync();
  await pool.end();
  await broker.stop();
  return (total * 1_000) / ms;
}
