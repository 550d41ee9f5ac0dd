import type { Client, ConnectPacket } from 'aedes';
import type { Gate } from './gate.ts';
import type { MqttPrincipal } from './mqtt-door.ts';

/** One client of the embedded broker, from its first byte to its end. */
export class Connection {
  readonly gate: Gate;
  readonly address: string;
  /** Filters that were granted, and at which QoS. */
  readonly filters = new Map<string, number>();
  packet: ConnectPacket | undefined;
  principal: MqttPrincipal | undefined;
  /** That it listens was told. */
  announced = false;
  /** Why it failed was told; what follows is only the rest of it. */
  blamed = false;
  /** Nothing of it counts any more, its will included. */
  ended = false;

  constructor(gate: Gate, address: string) {
    this.gate = gate;
    this.address = address;
  }

  get about(): { name?: string; address: string } {
    return { address: this.address, ...(this.principal && { name: this.principal.name }) };
  }
}

/** By aedes' own object, which is all that its hooks are given. */
export type Connections = WeakMap<Client, Connection>;
