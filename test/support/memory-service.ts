import {
  ApplicationModule,
  Bootstrap,
  CreateKeyCommand,
  type CreateKeyInput,
  type ChangedKey,
  type CallContext,
  Processes,
  type TokenSlot,
} from '@claviger/application';
import type { EventStore } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import { adminCall, type MemoryParts, memoryParts, type SharedParts } from './memory-parts.js';

export const KEY_INPUT: CreateKeyInput = {
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  environment: null,
  dataClass: null,
  protectionLevel: null,
  owner: null,
  uses: [],
  description: '',
  tags: [],
  taggedAttributes: [],
  policy: '{"Version":"2012-10-17","Statement":[]}',
  rotationPolicy: null,
  rollbackWindow: null,
  retirement: null,
  purgeProtection: false,
};

/** The application over {@link memoryParts}, with the sample account in it. */
export interface MemoryService {
  readonly parts: MemoryParts;
  readonly app: INestApplicationContext;
  readonly commands: CommandBus;
  call(operation: string, changes?: Partial<CallContext>): CallContext;
  createKey(input?: Partial<CreateKeyInput>): Promise<ChangedKey>;
  close(): Promise<void>;
}

export async function memoryService(
  wrap?: (store: EventStore) => EventStore,
  among?: SharedParts & { readonly node: string },
  token?: TokenSlot,
): Promise<MemoryService> {
  const parts = { ...(await memoryParts(wrap, among)), ...(token !== undefined && { token }) };
  const app = await NestFactory.createApplicationContext(ApplicationModule.over(parts), { logger: false });
  await app.get(Processes).begin(SAMPLE_ACCOUNT, SAMPLE_REGION);
  await app.get(Bootstrap).createAccount(SAMPLE_ACCOUNT, SAMPLE_REGION);
  const commands = app.get(CommandBus);
  const call = (operation: string, changes: Partial<CallContext> = {}): CallContext =>
    adminCall(parts, operation, changes);
  return {
    parts,
    app,
    commands,
    call,
    createKey: (input = {}) => commands.execute(new CreateKeyCommand(call('CreateKey'), { ...KEY_INPUT, ...input })),
    close: async () => {
      await app.close();
      await parts.close();
    },
  };
}
