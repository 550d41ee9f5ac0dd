import { expect, it } from 'vitest';
import { maySpeakFor } from './point-rules.ts';

const point = { organisation: 'o', gateways: ['old', 'new'] };

it.each([
  ['who reads it', { id: 'new', organisation: 'o' }, true],
  ['who read it before', { id: 'old', organisation: 'o' }, true],
  ['a stranger in the house', { id: 'other', organisation: 'o' }, false],
  ['one of another organisation, under the same id', { id: 'new', organisation: 'p' }, false],
])('a point is spoken for by %s: %s', (_, gateway, may) => expect(maySpeakFor(point, gateway)).toBe(may));
