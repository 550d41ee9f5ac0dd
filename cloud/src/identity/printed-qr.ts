import encodeQR from 'qr';

/** To print, or to show on a screen: SVG. None without a whole address, since a path leads nowhere from a phone. */
export function printedQr(address: string | null): string | null {
  return address === null || !URL.canParse(address) ? null : encodeQR(address, 'svg');
}
