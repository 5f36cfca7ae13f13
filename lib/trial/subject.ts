// SPDX-License-Identifier: Apache-2.0
import type { HostTree } from '../import/host-tree.ts';
import type { ImportedFiles } from '../import/imported-files.ts';
import type { PartialTree } from '../import/partial-tree.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import { MisuseError } from '../support/errors.ts';
import { dom0Name } from '../xen/dom0.ts';

/** The configuration of one system: what Xen boots, and what xl creates in it. */
export interface TrialSystem {
  readonly host: HostTree | undefined;
  readonly domains: readonly XlDomain[];
  readonly partials: readonly PartialTree[];
}

/** What a trial takes: a host device tree alone, or with all that goes with it. */
export type Subject = HostTree | TrialSystem;

/** A host device tree alone is a system without files of xl. */
export const systemOf = (subject: Subject): TrialSystem =>
  'source' in subject ? { host: subject, domains: [], partials: [] } : subject;

/**
 * The one system that files describe.
 * @param where what they are in, for messages.
 * @throws MisuseError when they describe none, or several.
 */
export function systemOfFiles(
  { hosts, domains, partials }: Pick<ImportedFiles, 'hosts' | 'domains' | 'partials'>,
  where: string,
): TrialSystem {
  const withDomains = hosts.filter((host) => host.domains.length > 0);
  const [host, ...more] = withDomains.length > 0 || domains.length === 0 ? withDomains : hosts;
  if (host === undefined && domains.length === 0)
    throw new MisuseError({
      who: where,
      what: 'has no device tree with a node "xen,domain" in /chosen, and no configuration of xl',
      remedy: 'give the host device tree, or its /chosen, as .dts or .dtb, or xl’s files as .cfg',
    });
  if (host !== undefined && more.length > 0)
    throw new MisuseError({
      who: where,
      what: `describes several systems: ${[host, ...more].map(({ source }) => source.file).join(', ')}`,
      remedy: 'leave one device tree with domains in it',
    });
  return { host, domains, partials };
}

/** A domain of xl, and what it is called here: no other domain is. */
export interface NamedXl {
  readonly name: string;
  readonly domain: XlDomain;
}

/** A probe tells its name in 32 bytes. */
const longestName = 31;

const stem = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.\w+$/, '');

/** As the probe takes it: one word. */
const asWord = (text: string): string => text.replaceAll(/[^\w.+-]/g, '_').slice(0, longestName);

function unused(name: string, taken: ReadonlySet<string>): string {
  for (let count = 2; ; count++) {
    const suffix = `-${count}`;
    const other = name.slice(0, longestName - suffix.length) + suffix;
    if (!taken.has(other)) return other;
  }
}

/** By their names, or those of their files where they have none. */
function named({ host, domains }: TrialSystem): NamedXl[] {
  const taken = new Set([dom0Name, ...(host?.domains ?? []).map(({ name }) => name)]);
  return domains.map((domain) => {
    const wanted = asWord(domain.name?.value || stem(domain.file.source.file)) || 'domain';
    const name = taken.has(wanted) ? unused(wanted, taken) : wanted;
    taken.add(name);
    return { name, domain };
  });
}

const idsOf = ({ domain }: NamedXl, owned: boolean): string[] =>
  domain.staticShm.flatMap(({ id, role }) =>
    id !== undefined && (role === 'owner') === owned ? [id] : [],
  );

/**
 * The domains that xl creates, in the order in which they can be: who borrows memory after who owns
 * it, else by their files. Where each borrows from the other there is no such order.
 */
export function xlDomainsOf(system: TrialSystem): NamedXl[] {
  const waiting = named(system);
  const order: NamedXl[] = [];
  while (waiting.length > 0) {
    const owned = (one: NamedXl): boolean =>
      idsOf(one, false).every(
        (id) => !waiting.some((other) => other !== one && idsOf(other, true).includes(id)),
      );
    const next = Math.max(0, waiting.findIndex(owned));
    order.push(...waiting.splice(next, 1));
  }
  return order;
}
