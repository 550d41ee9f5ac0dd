interface Owned {
  readonly organisation: string;
  /** Every gateway that reads it or did. */
  readonly gateways: readonly string[];
}

/**
 * May this gateway speak for the point? One of another organisation never may; within an organisation only who was
 * given the point, now or before: what it read then may still be on its way.
 */
export const maySpeakFor = (
  point: Owned,
  gateway: { readonly id: string; readonly organisation: string },
): boolean => point.organisation === gateway.organisation && point.gateways.includes(gateway.id);
