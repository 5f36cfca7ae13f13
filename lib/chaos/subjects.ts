// SPDX-License-Identifier: Apache-2.0
import type { Board } from '../boards/board.ts';
import { bootSystem } from '../boot/boot.ts';
import { startDom0 } from '../boot/dom0.ts';
import type { Page } from '../probe/page.ts';
import { addressPattern, noisePattern, type Pattern } from '../probe/patterns.ts';
import { MisuseError, SubjectError } from '../support/errors.ts';
import { PAGE } from '../support/units.ts';
import type { SystemSpec } from '../xen/spec.ts';

/** The system that a test has: two domains that share a page. */
const spec: SystemSpec = {
  sharedMemory: { mailbox: { size: PAGE } },
  domains: {
    owner: { probe: 'memory', maps: { mailbox: { role: 'owner' } } },
    borrower: { probe: 'memory', maps: { mailbox: { role: 'borrower' } } },
  },
};

/** What a test saw of a boot that went well. */
export interface Passed {
  readonly facts: Readonly<Record<string, string>>;
  /** Milliseconds from the boot's begin at which its stages were reached. */
  readonly stages: ReadonlyMap<string, number>;
}

/** A test of a system: boots it, asks it, has `during` happen, asks it again, and judges its health. */
export type Subject = (
  board: Board,
  evidence: string,
  during: () => Promise<void>,
) => Promise<Passed>;

async function crosses(from: Page, to: Page, pattern: Pattern): Promise<void> {
  await from.write(pattern);
  const { bad, words } = await to.check(pattern);
  if (bad === 0) return;
  const what = `${bad} of ${words} words are not what ${from.facts.domain} wrote`;
  throw new SubjectError({ who: to.who, what, where: to.where });
}

/** Two domains, and a pattern that crosses both ways. */
export const twoDomains: Subject = async (board, evidence, during) => {
  const system = await bootSystem(board, spec, { evidence });
  try {
    const [owner, borrower] = [...system.domains.values()].map((one) => one.page('mailbox'));
    if (owner === undefined || borrower === undefined)
      throw new MisuseError({ who: 'chaos', what: 'its system lacks a domain' });
    await crosses(owner, borrower, addressPattern());
    await during();
    await crosses(borrower, owner, noisePattern(7));
  } finally {
    await system.dispose();
  }
  system.checkHealth();
  return { facts: system.machine.facts, stages: system.stages };
};

/** A dom0 that runs Linux, and its toolstack by SSH. */
export const linuxDom0: Subject = async (board, evidence, during) => {
  const dom0 = await startDom0(board, {}, { evidence, fresh: true });
  try {
    await dom0.output(['xl', 'list']);
    await during();
    await dom0.output(['xl', 'list']);
  } finally {
    await dom0.dispose();
  }
  return { facts: dom0.machine.facts, stages: dom0.stages };
};
