// SPDX-License-Identifier: Apache-2.0
import { readHostTree } from '../import/host-tree.ts';
import { PlacedTree } from '../import/placed-tree.ts';
import { readXlDomain } from '../import/xl-domain.ts';
import type { Configuration } from '../lint/configuration.ts';
import { judge } from '../lint/lint.ts';
import { type LintTarget, lintTargets } from '../lint/target.ts';
import type { SourceText } from '../support/source-text.ts';
import { hex, MiB } from '../support/units.ts';
import type { Spread } from './bench.ts';
import { median, percentile } from '../support/statistics.ts';

/** How long a configuration takes. In ms. */
export interface LintFigures {
  readonly domains: number;
  /** From texts to values. */
  readonly read: Spread;
  readonly judged: Spread;
}

const half = 15;
const rounds = 50;

/** A host tree of domains in a ring: each shares a region with the next. */
function hostTree(count: number): SourceText {
  const region = (index: number): string => hex(0x7000_0000 + index * MiB(2));
  const shm = (index: number, role: string, guest: number): string =>
    `shm@${guest.toString(16)} { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "ring${index}"; role = "${role}"; xen,shared-mem = <0 ${region(index)} 0 ${hex(guest)} 0 0x1000>; };`;
  const domains = Array.from({ length: count }, (_unused, index) => {
    const before = (index + count - 1) % count;
    return `domU${index} { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 0x8000>; cpus = <1>; vpl011;
      module@42000000 { compatible = "multiboot,kernel", "multiboot,module"; reg = <0 0x42000000 0 0x10000>; };
      ${shm(index, 'owner', 0x5000_0000)}
      ${shm(before, 'borrower', 0x5100_0000)}
    };`;
  });
  const text = `/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
  memory@40000000 { device_type = "memory"; reg = <0 0x40000000 1 0x0>; };
  reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
    shared@90000000 { compatible = "xen,shared-memory-v1"; reg = <0 0x90000000 0 0x100000>; xen,id = "windows"; };
  };
  chosen { #address-cells = <2>; #size-cells = <2>; ${domains.join('\n')} };
};
`;
  return { file: 'host.dts', text };
}

/** Domains of xl in a chain, each of which borrows of the one before, and iomem of each. */
const xlFiles = (count: number): SourceText[] =>
  Array.from({ length: count }, (_unused, index) => ({
    file: `domain${index}.cfg`,
    text: `# domain ${index}
name = "domain${index}"
kernel = "/boot/Image"
memory = 64
iomem = [ "${hex(0x9_0000 + index)},1@0x50100,memory" ]
static_shm = [
  "id=chain${index}, begin=0x43000000, size=0x1000, role=owner",
${index === 0 ? '' : `  "id=chain${index - 1}, begin=0x50000000, size=0x1000, role=borrower",\n`}]
`,
  }));

function readAll(
  target: LintTarget,
  tree: SourceText,
  files: readonly SourceText[],
): Configuration {
  return {
    target,
    hosts: [readHostTree(PlacedTree.fromSource(tree))],
    partials: [],
    domains: files.map(readXlDomain),
    imageBuilders: [],
    scripts: [],
    unreadable: [],
    texts: [tree, ...files],
  };
}

const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  p99: percentile(values, 0.99),
});

function timed<T>(times: number[], run: () => T): T {
  const start = performance.now();
  const result = run();
  times.push(performance.now() - start);
  return result;
}

/** Half of the domains Xen makes, half of them xl, and nothing is wrong with them. */
export function lintFigures(): LintFigures {
  const target = lintTargets.find(({ name }) => name === 'xilinx-4.17');
  if (target === undefined) throw new Error('there is no target of that name');
  const [tree, files] = [hostTree(half), xlFiles(half)];
  const [read, judged]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const configuration = timed(read, () => readAll(target, tree, files));
    const { findings } = timed(judged, () => judge(configuration));
    if (findings[0] !== undefined) throw new Error(`lint finds ${findings[0].message}`);
  }
  return { domains: 2 * half, read: spread(read), judged: spread(judged) };
}
