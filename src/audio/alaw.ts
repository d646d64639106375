/** G.711: one A-law byte to a 16-bit sample. */
function decodeByte(code: number): number {
  const plain = code ^ 0x55;
  const segment = (plain >> 4) & 0x07;
  const step = ((plain & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return plain & 0x80 ? magnitude : -magnitude;
}

const DECODE = Int16Array.from({ length: 256 }, (_, code) => decodeByte(code));

/** One byte of A-law, which telephones use outside North America and Japan, as a 16-bit sample. */
export function alawSample(code: number): number {
  return DECODE[code & 0xff] ?? 0;
}
