import type { SharePlan } from '@claviger/ports';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { type RekeyView, SealDesk, type SealView } from './seal-desk.js';

/** Other shares for the same root key: begin, give a share (a present one, then the new ones back), or leave it. */
export type RekeyStep =
  | { readonly step: 'begin'; readonly plan: SharePlan }
  | { readonly step: 'give'; readonly share: string }
  | { readonly step: 'cancel' };

export class RekeySharesCommand extends Command<RekeyView> {
  constructor(
    readonly call: CallContext,
    readonly what: RekeyStep,
  ) {
    super();
  }
}

@CommandHandler(RekeySharesCommand)
export class RekeySharesHandler implements ICommandHandler<RekeySharesCommand> {
  constructor(private readonly desk: SealDesk) {}

  /** @throws KmsError Validation naming the share, InvalidKeyState when no rekey is under way or for another kind of seal */
  async execute({ call, what }: RekeySharesCommand): Promise<RekeyView> {
    authorise(call, { action: 'claviger:RekeySeal', resource: '*', account: call.caller.account }, undefined);
    const { desk } = this;
    switch (what.step) {
      case 'begin':
        call.facts.extra = { ...what.plan };
        return desk.beginRekey(what.plan);
      case 'give': {
        const given = await desk.giveShare(what.share);
        call.facts.extra = { ...setOf(given.rekey), newShares: given.newShares !== null, done: given.done };
        return given;
      }
      case 'cancel':
        desk.cancelRekey();
        return { rekey: null, newShares: null, done: false };
    }
  }
}

const setOf = (rekey: SealView['rekey']): { set: string; given: number } | undefined =>
  rekey === null ? undefined : { set: rekey.set, given: rekey.given.length };
