import type { OpenAPIObject } from '@nestjs/swagger';

const REFUSALS = {
  400: 'The request cannot be read',
  401: 'No valid sign-in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflicts with the present state',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Some fields are missing or wrong',
  429: 'Too many requests; the header retry-after says how long to wait',
  500: 'A fault of the hub; the log has more under the request id',
  503: 'A dependency does not answer',
} as const;

export type RefusalStatus = keyof typeof REFUSALS;

export function refusal(status: RefusalStatus) {
  return {
    description: REFUSALS[status],
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** What the hub itself can answer on any route, so that no route has to say it: by whether there is input, and a body. */
export function documentCommonRefusals(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = path[method];
      if (!operation) continue;
      const takesInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
      const statuses: RefusalStatus[] = [
        400,
        429,
        500,
        503,
        ...(takesInput ? ([422] as const) : []),
        ...(operation.requestBody === undefined ? [] : ([413, 415] as const)),
      ];
      for (const status of statuses) operation.responses[status] ??= refusal(status);
    }
  }
}
