import 'reflect-metadata';
import type { AdminModule, adminDocument } from '@claviger/protocols/admin';
import type { DynamicModule, InjectionToken, Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** What is needed of the admin protocol, compiled or not. */
export interface AdminProtocol {
  readonly AdminModule: typeof AdminModule;
  readonly adminDocument: typeof adminDocument;
}

class Stubs {}

/** The text of `docs/openapi.json`. In preview nothing is made or started: only the controllers are looked at. */
export async function openApiText({
  AdminModule: protocol,
  adminDocument: documentOf,
}: AdminProtocol): Promise<string> {
  const admin = protocol.over({
    regions: ['us-east-1'],
    sourceOf: () => ({ address: '-', userAgent: null }),
    keyPolicy: () => '{}',
  });
  const root: DynamicModule = { module: class Root {}, imports: [stubsFor(admin), admin] };
  const options = { preview: true, abortOnError: false, logger: false } as const;
  const app = await NestFactory.create(root, new FastifyAdapter(), options);
  try {
    return `${JSON.stringify(documentOf(app), null, 2)}\n`;
  } finally {
    await app.close();
  }
}

/** Something for everything that the module takes from others: Nest looks for it even where it makes nothing. */
function stubsFor(admin: DynamicModule): DynamicModule {
  const own = new Set(
    admin.providers?.map((provider) => (typeof provider === 'function' ? provider : provider.provide)),
  );
  const classes = [...(admin.controllers ?? []), ...own].filter((token) => typeof token === 'function');
  const wanted = new Set(
    classes.flatMap((token) => (Reflect.getMetadata('design:paramtypes', token) ?? []) as InjectionToken[]),
  );
  const providers: Provider[] = [...wanted]
    .filter((token) => !own.has(token))
    .map((provide) => ({ provide, useValue: {} }));
  return { module: Stubs, global: true, providers, exports: providers };
}
