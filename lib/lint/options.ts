// SPDX-License-Identifier: Apache-2.0
/** Options that the Xen that is meant does not read. */
import type { ImageBuilderConfig } from '../import/image-builder.ts';
import type { Where } from '../import/where.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { XlDomain } from '../import/xl-domain.ts';
import { domainProperties, domainPropertySince } from '../xen/domain-properties.ts';
import type { Finding } from './finding.ts';
import { isAtLeast, type LintTarget } from './target.ts';

/** Number of letters to add, leave out or change from one name to another. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1),
        ),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Cells of `xen,static-mem` by themselves, as Xen 4.16 had them. */
const staticCells = /^#xen,static-mem-(?:address|size)-cells$/;

/** The option that was probably meant. */
const nearest = (name: string): string | undefined =>
  domainProperties.find((one) => distance(one, name) <= 2);

const reads = (since: readonly [number, number] | 'xilinx', target: LintTarget): boolean =>
  since === 'xilinx' ? target.name.startsWith('xilinx') : isAtLeast(target, since);

/** Properties of domains that this Xen, or any, does not read. */
export function checkOptions(
  { domains }: HostTree,
  imageBuilders: readonly ImageBuilderConfig[],
  target: LintTarget,
): Finding[] {
  const scripts = new Set(imageBuilders.map(({ config }) => config.source.file));
  // Its own port of colouring calls them otherwise, and Xilinx' ImageBuilder writes them so.
  const otherwise = (where: Where, name: string): boolean =>
    name === 'llc-colors' && target.name.startsWith('xilinx') && scripts.has(where.file);
  return domains.flatMap((domain) => [
    ...domainProperties
      .filter((name) => domain.has(name))
      .flatMap((name): Finding[] => {
        const since = domainPropertySince(name);
        if (since === undefined || reads(since, target)) return [];
        if (otherwise(domain.at(name), name)) return [];
        return [
          {
            rule: 'option-version',
            severity: 'warning',
            where: domain.at(name),
            message: `Xen ${target.name} does not read ${name} (${since === 'xilinx' ? "Xilinx' tree does" : `since ${since.join('.')}`})`,
            consequence: 'it is ignored in silence',
            fix: 'take it away, or use a Xen that reads it',
          },
        ];
      }),
    ...domain.unknown
      .filter(({ what }) => what.startsWith('property '))
      .map(({ where, what }): Finding => {
        const name = what.slice('property '.length);
        const meant = nearest(name);
        return {
          rule: 'option-unknown',
          severity: 'warning',
          where,
          message: `${domain.name}: no Xen reads ${name}`,
          consequence: 'it is ignored in silence',
          fix: staticCells.test(name)
            ? `take it away: since 4.17 the parent's ${name.replace('xen,static-mem-', '')} count`
            : meant === undefined
              ? 'take it away'
              : `write ${meant}, if that is meant`,
        };
      }),
  ]);
}

/** Options of xl that came later. */
export function checkXlOptions(domains: readonly XlDomain[], target: LintTarget): Finding[] {
  if (isAtLeast(target, [4, 20])) return [];
  return domains.flatMap(({ llcColors: [first] }): Finding[] =>
    first === undefined
      ? []
      : [
          {
            rule: 'option-version',
            severity: 'warning',
            where: first.where,
            message: `xl of Xen ${target.name} does not read llc_colors (since 4.20)`,
            consequence: 'it is ignored in silence',
            fix: 'take it away, or use a Xen that reads it',
          },
        ],
  );
}
