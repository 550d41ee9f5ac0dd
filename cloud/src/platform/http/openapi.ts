import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import { documentCommonRefusals } from './openapi.refusals.ts';

const problemSchema = z
  .object({
    type: z
      .string()
      .meta({ format: 'uri' })
      .describe('`urn:meterline:problem:` and the code: a name, not an address'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable; programs decide by it'),
    detail: z.string().optional().describe('For people; may change'),
    requestId: z.string(),
    retryable: z.boolean().describe('May the same request succeed later?'),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'An error, RFC 9457' });

/** Formats whose exact pattern only makes the document unreadable. */
const SELF_EXPLAINING = new Set(['uuid', 'date-time', 'date', 'email', 'uri']);

/** One schema a name: a request and an answer that share a name must look the same, or one would silently win. */
function converter() {
  const emitted = new Map<string, string>();
  return (schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) => {
    if (!(schema instanceof z.ZodType)) return undefined;
    const converted = z.toJSONSchema(z.object({ root: schema }), {
      io: schemaType,
      target: 'draft-2020-12',
      override: ({ jsonSchema }) => {
        if (jsonSchema.format && SELF_EXPLAINING.has(jsonSchema.format)) delete jsonSchema.pattern;
        // Readers must accept fields that a later version adds.
        if (schemaType === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
        if (Object.hasOwn(jsonSchema, 'id')) delete jsonSchema.id;
      },
    });
    const components = converted.$defs ?? {};
    for (const [name, component] of Object.entries(components)) {
      const text = JSON.stringify(component);
      const earlier = emitted.get(name);
      if (earlier !== undefined && earlier !== text)
        throw new Error(`two different schemas are called ${name}`);
      emitted.set(name, text);
    }
    return { schema: converted.properties?.root, components };
  };
}

export function describeApi(app: INestApplication, version: string): OpenAPIObject {
  const convert = converter();
  const options = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Meterline')
    .setDescription(
      'Every error is an RFC 9457 problem with a stable `code`. Amounts of money and counters are strings of digits.',
    )
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The operator token' }, 'operator')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An access token, or an API key' },
      'access',
    )
    .addCookieAuth(
      'meterline_session',
      { type: 'apiKey', in: 'cookie', description: 'Of a browser; over https its name begins with __Host-' },
      'session',
    )
    .build();
  const document = SwaggerModule.createDocument(app, options, {
    standardSchemaConverter: convert,
    autoTagControllers: false,
    operationIdFactory: (_controller, method) => method,
  });
  documentCommonRefusals(document);
  const problem = convert(problemSchema, { schemaType: 'output' });
  const schemas = { ...document.components?.schemas, ...problem?.components };
  const { openapi, info, ...rest } = { ...document, components: { ...document.components, schemas } };
  return { openapi, info, ...(sorted(rest) as Omit<OpenAPIObject, 'openapi' | 'info'>) };
}

/** The order of keys must not depend on the order in which files happened to load. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sorted(child)]));
}
