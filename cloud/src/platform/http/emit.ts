import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAdapter } from './http.adapter.ts';
import { API_PREFIX } from './http.server.ts';
import { describeApi } from './openapi.ts';

/** The document of the API from its modules alone: nothing is constructed, connected or listened on. */
export async function emitDocument(module: Type | DynamicModule, version: string): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new HttpAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  app.setGlobalPrefix(API_PREFIX);
  return `${JSON.stringify(describeApi(app, version), null, 2)}\n`;
}
