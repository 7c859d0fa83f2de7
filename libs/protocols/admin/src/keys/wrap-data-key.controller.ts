import { type CallContext, type KeyReference, WrapDataKey } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { bytesOf } from '../fields/base64.js';
import { SecretText } from '../fields/fields.js';
import { Route } from '../route.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

/** 512 bytes in Base64. */
const LONGEST = 684;

class WrapDataKeyBody {
  @SecretText({ max: LONGEST, description: 'The data key: 16 to 512 bytes, a multiple of 8, in Base64.' })
  dataKey!: string;
}

class WrappedDataKeyDto {
  @ApiProperty({ description: 'The data key in the form of RFC 5649 (AES-KWP), in Base64.' })
  wrapped!: string;

  @ApiProperty({ description: 'The version that wrapped it; it is needed to unwrap it.' })
  version!: number;
}

@AdminController('keys')
export class WrapDataKeyController {
  constructor(private readonly wrap: WrapDataKey) {}

  @Post(':id/wrap-data-key')
  @ApiKeyParam()
  @Route({
    operation: 'WrapDataKey',
    summary: "Wrap an application's data key inside the token (RFC 5649)",
    answer: WrappedDataKeyDto,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: WrapDataKeyBody,
  ): Promise<WrappedDataKeyDto> {
    const dataKey = bytesOf('dataKey', body.dataKey);
    const { wrapped, version } = await this.wrap.execute(call, { key, dataKey });
    return { wrapped: Buffer.from(wrapped).toString('base64'), version };
  }
}
