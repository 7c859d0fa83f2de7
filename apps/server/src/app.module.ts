import { ApplicationModule, OperationsModule, type SealDeskParts } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import { AdminModule } from '@claviger/protocols/admin';
import { defaultKeyPolicy } from '@claviger/protocols/aws-kms';
import { type DynamicModule, Module } from '@nestjs/common';
import { sourceOf } from './http/source.js';
import type { ProfileParts } from './profiles/parts.js';
import { ViewSearch } from './service/audit-search.js';
import { ProcessFacts } from './service/facts.js';

/** The whole service over the parts of a profile. */
@Module({})
export class AppModule {
  static over(parts: ProfileParts, settings: Settings, seal: SealDeskParts): DynamicModule {
    const { auditView, rebuildKeyState } = parts;
    const application = ApplicationModule.over(parts);
    if (auditView === null) return { module: AppModule, imports: [application] };
    const operations = OperationsModule.over(parts, {
      backup: parts.backup,
      audit: new ViewSearch(auditView),
      facts: new ProcessFacts(settings, parts),
      seal,
      rebuild: {
        'key-state': (onProgress) => rebuildKeyState((done, of) => onProgress(Number(done), Number(of))),
        'audit-view': (onProgress) =>
          auditView.rebuild(({ done, of }) =>
            onProgress(done.journal + Number(done.store), of.journal + Number(of.store)),
          ),
      },
    });
    const admin = AdminModule.over({ regions: settings.regions, sourceOf, keyPolicy: defaultKeyPolicy });
    return { module: AppModule, imports: [application, operations, admin] };
  }
}
