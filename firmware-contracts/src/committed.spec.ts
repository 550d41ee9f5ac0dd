import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withGenerated } from './golden/document.ts';
import { emitFixtures } from './golden/fixtures.ts';
import { emitSchemas } from './json-schema.ts';

const folder = (name: string) => new URL(`../${name}/`, import.meta.url);
const committed = (name: string): Map<string, string> =>
  new Map(
    readdirSync(folder(name), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.json') && !file.startsWith('stranger/'))
      .toSorted()
      .map((file) => [file, readFileSync(new URL(file, folder(name)), 'utf8')]),
  );

describe.each([
  ['schema', emitSchemas],
  ['fixtures', emitFixtures],
])('%s/', (name, emit) => {
  it('holds what the code emits; run make gen when it does not', () => {
    expect(committed(name)).toEqual(new Map([...emit()].toSorted(([a], [b]) => (a < b ? -1 : 1))));
  });

  it('is the same every time', () => {
    expect(emit()).toEqual(emit());
  });
});

describe('a JSON Schema', () => {
  it.each([...emitSchemas()])('%s names itself and refuses unknown keys', (name, text) => {
    const schema = JSON.parse(text) as Record<string, unknown> & { anyOf?: Record<string, unknown>[] };
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toBe(`urn:meterline:contract:1:${name.replace('.json', '')}`);
    for (const shape of schema.anyOf ?? [schema]) expect(shape.additionalProperties).toBe(false);
  });
});

describe('docs/contract.md', () => {
  const document = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');

  it('shows the bytes that the code makes; run make gen when it does not', () => {
    expect(withGenerated(document)).toBe(document);
  });

  it('refuses to lose a generated part', () => {
    expect(() => withGenerated(document.replace('<!-- example -->', ''))).toThrow('lost its marker');
  });
});
