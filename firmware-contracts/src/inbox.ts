import { inflate, KINDS, type Kind, type Refused, refuse } from './envelope.ts';
import type { GatewayId } from './ids.ts';
import type { KeyRing } from './keys.ts';
import { type HubKeys, hubKeys, type Live, live } from './live.ts';
import { MESSAGES, type MessageKind, type OpenedMessage, openMessage } from './message.ts';
import { type Batch, openBatch } from './open.ts';
import { parse } from './parse.ts';
import { type SimpleReading, simple, simpleReadingsOf } from './simple.ts';
import { parseTopic, type Topic } from './topics.ts';

type AnyMessage = { [K in MessageKind]: OpenedMessage<K> }[MessageKind];

export type Delivery =
  | { readonly is: 'batch'; readonly topic: Topic; readonly batch: Batch }
  | { readonly is: 'message'; readonly topic: Topic; readonly message: AnyMessage }
  | { readonly is: 'live'; readonly topic: Topic; readonly live: Live }
  | { readonly is: 'simple'; readonly topic: Topic; readonly readings: readonly SimpleReading[] }
  | { readonly is: 'keys'; readonly topic: Topic; readonly keys: HubKeys };

/** Any message of the contract, by the topic it came on. `keysOf`: the sender's keys, for a gateway's topics. */
export function openDelivery(
  topicText: string,
  payload: Uint8Array,
  keysOf: (gateway: GatewayId) => KeyRing,
): { ok: true; delivery: Delivery } | Refused {
  const topic = parseTopic(topicText);
  if (!topic) return refuse('wrong-topic', 'is no topic of this contract');
  const { gateway, channel, deflated } = topic;
  if (channel === 'live' || channel === 'down/keys' || channel === 'up/simple')
    return openUnsigned(topic, payload);
  const options = { keys: keysOf(gateway), deflated, gateway };
  if (channel === 'up/readings') {
    const opened = openBatch(payload, options);
    return opened.ok ? { ok: true, delivery: { is: 'batch', topic, batch: opened.batch } } : opened;
  }
  const kinds = (Object.keys(MESSAGES) as MessageKind[]).filter((kind: Kind) => KINDS[kind] === channel);
  const opened = openMessage(payload, kinds, options);
  return opened.ok ? { ok: true, delivery: { is: 'message', topic, message: opened.message } } : opened;
}

function openUnsigned(topic: Topic, payload: Uint8Array): { ok: true; delivery: Delivery } | Refused {
  const plain = inflate(payload, topic.deflated);
  if (!plain.ok) return plain;
  if (topic.channel === 'down/keys') {
    const read = parse(hubKeys, plain.bytes);
    return read.ok ? { ok: true, delivery: { is: 'keys', topic, keys: read.value } } : read;
  }
  if (topic.channel === 'up/simple') {
    const read = parse(simple, plain.bytes);
    if (!read.ok) return read;
    return { ok: true, delivery: { is: 'simple', topic, readings: simpleReadingsOf(read.value) } };
  }
  const read = parse(live, plain.bytes);
  if (!read.ok) return read;
  if (read.value.gateway !== topic.gateway) return refuse('wrong-gateway', `is of ${read.value.gateway}`);
  return { ok: true, delivery: { is: 'live', topic, live: read.value } };
}
