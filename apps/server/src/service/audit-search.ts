import { AuditSearch } from '@claviger/application';
import type { AuditView } from '@claviger/projections';

/** The audit view of this process. */
export class ViewSearch extends AuditSearch {
  constructor(private readonly view: AuditView) {
    super();
  }

  search(...query: Parameters<AuditSearch['search']>): ReturnType<AuditSearch['search']> {
    return this.view.search(...query);
  }
}
