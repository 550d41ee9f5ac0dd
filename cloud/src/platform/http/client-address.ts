const LOOPBACK_V4 = /^127(?:\.\d{1,3}){3}$/;

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:/i, '');
  return plain === '::1' || LOOPBACK_V4.test(plain);
}
