/** CRC-16/MODBUS: polynomial 0x8005 reflected, initial value 0xFFFF; sent low byte first. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}

/** Whether the first `length` bytes end in their own CRC. */
export function crcHolds(bytes: Uint8Array, length = bytes.length): boolean {
  if (length < 4 || length > bytes.length) return false;
  const told = (bytes[length - 2] ?? 0) | ((bytes[length - 1] ?? 0) << 8);
  return crc16(bytes, 0, length - 2) === told;
}
