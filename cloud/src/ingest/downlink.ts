import type { GatewayId } from '@meterline/contracts';

export type DownChannel = 'down/receipt' | 'down/config' | 'down/command' | 'down/keys';

/** What the hub says to gateways: the door that holds their connections carries it. */
export interface Downlink {
  /**
   * QoS 1, under the gateway's own topic. Resolves when it was handed over; a gateway that is away gets what is
   * retained at its next connect, and a receipt is computed again then.
   */
  publish(
    gateway: GatewayId,
    channel: DownChannel,
    payload: Buffer,
    options?: { readonly retain?: boolean },
  ): Promise<void>;
}
