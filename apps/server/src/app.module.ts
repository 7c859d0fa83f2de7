import { ApplicationModule } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { ProfileParts } from './profiles/parts.js';

/** The whole service over the parts of a profile. */
@Module({})
export class AppModule {
  static over(parts: ProfileParts, _settings: Settings): DynamicModule {
    return { module: AppModule, imports: [ApplicationModule.over(parts)] };
  }
}
