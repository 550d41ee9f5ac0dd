import { mosquittoFiles } from '../../platform/mqtt/index.ts';
import { PACKET_BYTES } from './door-limits.ts';

export interface MosquittoSetup {
  readonly folder: string;
  readonly clients: { readonly host: string; readonly port: number };
  readonly hub: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly hubTls: boolean;
  readonly connections: number;
  readonly keepaliveSeconds: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl: string;
}

/** The topics of the contract as access lists: what docs/contract.md, section 2, says of gateways and hub. */
export const mosquittoSetup = (setup: MosquittoSetup): Map<string, string> =>
  mosquittoFiles({
    ...setup,
    clientWrites: ['ml/1/%u/up/#', 'ml/1/%u/live', 'ml/1/%u/live/z'],
    clientReads: ['ml/1/%u/down/#'],
    hubReads: ['ml/1/+/up/#', 'ml/1/+/live/#'],
    hubWrites: ['ml/1/+/down/#'],
    packetBytes: PACKET_BYTES,
  });
