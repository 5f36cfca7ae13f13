// SPDX-License-Identifier: Apache-2.0
import { Domain } from '../probe/domain.ts';
import type { Notes } from '../probe/notes.ts';
import type { PageLinks } from '../probe/page.ts';
import type { PlannedDomain } from '../xen/plan.ts';

/** A domain with a memory probe in it that `xl create` made. */
export class XlDomain extends Domain {
  readonly #destroy: (domain: XlDomain) => Promise<void>;
  #gone = false;

  constructor(
    plan: PlannedDomain,
    links: PageLinks,
    notes: Notes,
    destroy: (domain: XlDomain) => Promise<void>,
  ) {
    super(plan, links, notes);
    this.#destroy = destroy;
  }

  /** Whether {@link destroy} was called. */
  get gone(): boolean {
    return this.#gone;
  }

  /** `xl destroy`: ends it without asking it. Idempotent. */
  async destroy(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    await this.#destroy(this);
  }
}
