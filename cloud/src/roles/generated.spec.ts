import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emitConfigurationDoc } from '../config/index.ts';
import { emitErrorReference } from './error-reference.ts';
import { emitOpenApi } from './openapi.ts';
import { emitPermissionReference } from './permission-reference.ts';

const committed = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** What is generated from code is committed, so that a change of the API shows in its diff. */
describe('generated files', () => {
  it('cloud/openapi.json is what the code says; after a change run make gen', async () => {
    const emitted = await emitOpenApi();
    expect(emitted).toBe(committed('cloud/openapi.json'));
    expect(await emitOpenApi()).toBe(emitted);
  });

  it('docs/permissions.md is what the matrix and the routes say; after a change run make gen', async () => {
    expect(await emitPermissionReference()).toBe(committed('docs/permissions.md'));
  });

  it('docs/operate/configuration.md is what the schema says; after a change run make gen', () => {
    expect(emitConfigurationDoc()).toBe(committed('docs/operate/configuration.md'));
  });
});

describe('the reference of error codes', () => {
  it('has every code once, with the status that the API answers', () => {
    const rows = emitErrorReference().match(/^\| `[a-z_0-9]+` \| \d{3} \|/gm) ?? [];
    expect(rows.length).toBeGreaterThan(50);
    expect(new Set(rows).size).toBe(rows.length);
    expect(rows).toContain('| `job_not_found` | 404 |');
    expect(rows).toContain('| `rate_limited` | 429 |');
    expect(rows).toContain('| `event_not_found` | 404 |');
  });
});

describe('the document of the API', () => {
  it('names its components, says what is required, and documents every error as a problem', async () => {
    const document = JSON.parse(await emitOpenApi());
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.schemas.Discard).toMatchObject({
      type: 'object',
      required: ['reason'],
      additionalProperties: false,
      properties: { reason: { type: 'string', minLength: 3, maxLength: 500 } },
    });
    expect(document.components.schemas.About.required).toEqual(['name', 'version', 'time', 'role']);
    expect(document.components.schemas.About.properties.time).toMatchObject({
      type: 'string',
      format: 'date-time',
    });
    for (const [path, operations] of Object.entries<Record<string, never>>(document.paths)) {
      for (const [method, operation] of Object.entries<{ operationId?: string; responses: object }>(
        operations,
      )) {
        expect(operation.operationId, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/);
        const always = ['400', '429', '500', '503'];
        const withBody = 'requestBody' in operation ? ['413', '415', '422'] : [];
        expect(Object.keys(operation.responses), `${method} ${path}`).toEqual(
          expect.arrayContaining([...always, ...withBody]),
        );
        for (const [status, response] of Object.entries<{ content?: object }>(operation.responses as never)) {
          const types = Object.keys(response.content ?? {});
          if (Number(status) >= 400)
            expect(types, `${method} ${path} ${status}`).toEqual(['application/problem+json']);
        }
      }
    }
  });
});
