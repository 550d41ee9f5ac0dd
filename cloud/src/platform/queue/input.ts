import type { z } from 'zod';
import type { Job } from './job.ts';
import { queueError } from './queue.errors.ts';
import { shorten } from './redact.ts';

/** A job carries ids and a few facts; the thing itself lies in the database. */
const MAX_INPUT_BYTES = 256 * 1024;

/** What will be stored, after making sure that the handler will be able to read it back. */
export function inputAsStored<S extends z.ZodType>(job: Job<S>, input: z.input<S>): unknown {
  const text = asJson(job.name, input);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_INPUT_BYTES) {
    throw queueError('job_input_too_large', {
      message: `the input of ${job.name} has ${bytes} bytes; ${MAX_INPUT_BYTES} are allowed`,
      details: { bytes, limit: MAX_INPUT_BYTES },
    });
  }
  const stored: unknown = JSON.parse(text);
  const parsed = job.input.safeParse(stored);
  if (!parsed.success) {
    throw queueError('job_input_invalid', {
      message: `the input of ${job.name} does not match its schema: ${describeIssues(parsed.error)}`,
    });
  }
  return stored;
}

/** Where and what, never the value: it may be a secret. */
export function describeIssues(error: z.ZodError): string {
  const issues = error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  return shorten(issues.join('; '), 400);
}

function asJson(name: string, input: unknown): string {
  try {
    return JSON.stringify(input) ?? 'null';
  } catch (error) {
    throw queueError('job_input_invalid', {
      message: `the input of ${name} is not JSON: pass big numbers and instants as strings`,
      cause: error,
    });
  }
}
