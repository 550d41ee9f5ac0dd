import {
  type ArgumentMetadata,
  applyDecorators,
  HttpCode,
  SerializeOptions,
  StandardSchemaValidationPipe,
} from '@nestjs/common';
import { ApiBearerAuth, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { httpError } from './http.errors.ts';
import { refusal } from './openapi.refusals.ts';
import type { FieldError } from './problem.ts';

type Issue = Readonly<{
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}>;

/** More are of no use to a reader, and each repeats its path: the answer must not outgrow the request. */
const MAX_FIELD_ERRORS = 50;
const MAX_PATH_LENGTH = 200;

function fieldErrors(place: string, issues: readonly Issue[]): FieldError[] {
  return issues.slice(0, MAX_FIELD_ERRORS).map(({ path = [], message }) => {
    const parts = path.map((part) => String(typeof part === 'object' ? part.key : part));
    return {
      path: [place, ...parts].join('.').slice(0, MAX_PATH_LENGTH),
      message: message.slice(0, MAX_PATH_LENGTH),
    };
  });
}

/** Checks what a route declared with `@Body({ schema })`, `@Query({ schema })`, `@Param({ schema })`. */
export class RequestValidation extends StandardSchemaValidationPipe {
  override async transform<T = unknown>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const pipe = new StandardSchemaValidationPipe({
      exceptionFactory: (issues) =>
        httpError('validation_failed', { details: { errors: fieldErrors(metadata.type, issues) } }),
    });
    return pipe.transform(value, metadata);
  }
}

/** What a route answers with: checked, stripped of what is not declared, and documented from one schema. */
export function Answers(schema: z.ZodType, options: { status?: number; description: string }) {
  const status = options.status ?? 200;
  return applyDecorators(
    HttpCode(status),
    SerializeOptions({ schema }),
    ApiResponse({ status, description: options.description, standardSchema: schema }),
  );
}

/** The problems a route can answer with, beyond those that every route can. */
export function Refuses(...statuses: readonly (401 | 403 | 404 | 409)[]) {
  return applyDecorators(...statuses.map((status) => ApiResponse({ status, ...refusal(status) })));
}

export const NeedsOperator = (): MethodDecorator & ClassDecorator => ApiBearerAuth('operator');
