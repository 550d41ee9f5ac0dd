import { expect, test } from 'vitest';
import { codeOf } from './totp.ts';

// RFC 6238, appendix B, last six digits; the secret is "12345678901234567890".
test.each([
  [59_000, '287082'],
  [1_111_111_109_000, '081804'],
  [1_234_567_890_000, '005924'],
])('at %d the code is %s', (ms, code) => {
  expect(codeOf('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', ms)).toBe(code);
  expect(codeOf('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', ms + 30_000, -1)).toBe(code);
});
