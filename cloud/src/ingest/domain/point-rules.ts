/** What the directory knows of a point. */
export interface KnownPoint {
  readonly no: number;
  readonly organisation: string;
  /** Every gateway that reads it or did. */
  readonly gateways: readonly string[];
}

export interface Sender {
  readonly gateway: string;
  readonly organisation: string;
}

/**
 * May this gateway speak for the point? One of another organisation never may; within an organisation only who was
 * given the point, now or before: what it read then may still be on its way.
 */
export function maySpeakFor(point: KnownPoint, { gateway, organisation }: Sender): boolean {
  return point.organisation === organisation && point.gateways.includes(gateway);
}
