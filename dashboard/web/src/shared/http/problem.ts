/** What the hub says when it refuses (RFC 9457 with a stable code). */
export interface Problem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly requestId?: string;
  readonly retryable: boolean;
}

export function parseProblem(body: unknown): Problem | undefined {
  if (!isRecord(body)) return undefined;
  const { code, status, title, detail, requestId, retryable } = body;
  if (typeof code !== 'string' || typeof status !== 'number' || typeof title !== 'string') return undefined;
  return {
    code,
    status,
    title,
    ...(typeof detail === 'string' && { detail }),
    ...(typeof requestId === 'string' && { requestId }),
    retryable: retryable === true,
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
