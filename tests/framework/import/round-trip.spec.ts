// SPDX-License-Identifier: Apache-2.0
// What is read is printed back: xl files, device trees, specifications.
import { expect, test } from '@playwright/test';
import fc from 'fast-check';
import { printSource } from '../../../lib/dt/index.ts';
import { readHostTree } from '../../../lib/import/host-tree.ts';
import { PlacedTree } from '../../../lib/import/placed-tree.ts';
import { systemSpecOf } from '../../../lib/import/system-spec.ts';
import { understandingJson } from '../../../lib/import/format.ts';
import { understand } from '../../../lib/import/understanding.ts';
import { rewriteXl, xlConfigOf } from '../../../lib/import/xl-config-of.ts';
import { readXlDomain } from '../../../lib/import/xl-domain.ts';
import type { SystemSpec } from '../../../lib/xen/spec.ts';
import {
  printXlConfig,
  type XlConfig,
  type XlStaticShm,
  type XlValue,
} from '../../../lib/xen/xl-config.ts';
import { MiB, PAGE } from '../../../lib/support/units.ts';
import { generatedFiles, loads } from '../lint/generated.ts';
import { rightSystem } from '../lint/systems.ts';

const readXl = (text: string): ReturnType<typeof readXlDomain> =>
  readXlDomain({ file: 'domu.cfg', text });

const text = fc.stringMatching(/^[ -~\n]{0,20}$/);
const pages = fc.nat({ max: 0xff_ffff });
const address = pages.map((frame) => BigInt(frame) * BigInt(PAGE));
const size = fc.integer({ min: 1, max: 0xffff }).map((count) => count * PAGE);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const iomem = fc
  .record({
    hostAddress: address,
    size,
    guestAddress: optional(address),
    as: optional(fc.constantFrom('memory', 'devmem')),
  })
  .map(({ guestAddress, as, ...rest }) =>
    guestAddress === undefined ? rest : { ...rest, guestAddress, ...(as !== undefined && { as }) },
  );

const staticShm = fc
  .record({
    id: fc.stringMatching(/^\w{1,12}$/),
    begin: address,
    size,
    offset: optional(size),
    role: optional(fc.constantFrom('owner', 'borrower')),
    prot: optional(fc.constant('rw')),
    cachePolicy: optional(fc.constant('ARM_normal')),
  })
  .map(
    (shm) =>
      Object.fromEntries(
        Object.entries(shm).filter(([, value]) => value !== undefined),
      ) as unknown as XlStaticShm,
  );

/** Values as they are read: texts, and lists of texts and lists. */
const { value: otherValue } = fc.letrec<{ value: XlValue }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('value'), { maxLength: 3 })),
}));

const xlConfig = fc
  .record(
    {
      name: text,
      kernel: text,
      ramdisk: text,
      extra: text,
      memory: fc.integer({ min: 1, max: 4096 }).map(MiB),
      vcpus: fc.integer({ min: 1, max: 128 }),
      cpus: text,
      vuart: fc.constant('sbsa_uart' as const),
      deviceTree: text,
      iomem: fc.array(iomem, { maxLength: 3 }),
      staticShm: fc.array(staticShm, { maxLength: 3 }),
      llcColors: fc.array(fc.constantFrom('0-3', '5'), { maxLength: 2 }),
      onReboot: fc.constantFrom('destroy', 'preserve'),
      others: fc.dictionary(fc.stringMatching(/^usb_[a-z]{1,8}$/), otherValue, {
        minKeys: 1,
        maxKeys: 3,
      }),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  .map((config) => config as Partial<XlConfig>);

test('a domain that is printed is read back as the same value', () => {
  fc.assert(
    fc.property(xlConfig, (config) => {
      const domain = readXl(printXlConfig(config));
      expect(domain.file.problems).toEqual([]);
      expect(xlConfigOf(domain)).toEqual(config);
    }),
  );
});

const annotated = `# the camera's domain
name = "camera"   # as xl list shows it
memory = 0x80
usbdev = [ "x", [ "y", 'z' ] ]; extra += "a"
extra += "b"
iomem = [
  "70000,1@0x50000",   # the mailbox
]`;

test('what a file has beside its options stays when one is changed', () => {
  const { file } = readXl(annotated);
  expect(rewriteXl(file, { kernel: '/probe', memory: MiB(64) })).toBe(
    `${annotated.replace('0x80', '64')}\nkernel = "/probe"\n`,
  );
  expect(rewriteXl(file, { extra: 'c' })).toBe(`${annotated}\nextra = "c"\n`);
});

test('any change of a file is read back, and leaves its comments and other options', () => {
  fc.assert(
    fc.property(xlConfig, (config) => {
      const rewritten = readXl(rewriteXl(readXl(annotated).file, config));
      const { others, ...before } = xlConfigOf(readXl(annotated));
      const { others: more, ...after } = config;
      expect(xlConfigOf(rewritten)).toEqual({
        ...before,
        ...after,
        others: { ...others, ...more },
      });
      expect(rewritten.file.source.text).toContain('# as xl list shows it\n');
    }),
  );
});

test('a file that is as it would be printed is left as it is', () => {
  fc.assert(
    fc.property(xlConfig, (config) => {
      const printed = printXlConfig(config);
      const domain = readXl(printed);
      expect(rewriteXl(domain.file, xlConfigOf(domain))).toBe(printed);
    }),
  );
});

/** The trees of a specification, as source. */
const treesOf = (spec: SystemSpec): string[] => {
  const { hosts, partials } = generatedFiles(spec);
  return [...hosts, ...partials].map(({ source }) => printSource(source.tree));
};

test('a system that is booted is read back as the specification that it came from', () => {
  fc.assert(
    fc.property(rightSystem, (spec) => {
      const imported = systemSpecOf(generatedFiles(spec));
      expect(imported?.left).toEqual([]);
      expect(treesOf(imported?.spec ?? { domains: {} })).toEqual(treesOf(spec));
    }),
    { numRuns: 60 },
  );
});

test('a tree that is printed as source says the same of sharing', () => {
  fc.assert(
    fc.property(rightSystem, (spec) => {
      const files = generatedFiles(spec);
      const hosts = files.hosts.map(({ source }) =>
        readHostTree(
          PlacedTree.fromSource({ file: source.file, text: printSource(source.tree) }),
          loads(spec),
        ),
      );
      const plain = (value: object): unknown =>
        JSON.parse(
          JSON.stringify(value, (key, one: unknown) =>
            /^(line|column)$/.test(key) ? undefined : one,
          ),
        );
      expect(plain(understandingJson(understand({ ...files, hosts })))).toEqual(
        plain(understandingJson(understand(files))),
      );
    }),
    { numRuns: 60 },
  );
});

test('what a specification does not say of dom0 is left, with its place', () => {
  const text = `/dts-v1/; / { chosen {
    shm { compatible = "xen,domain-shared-memory-v1"; xen,shm-id = "box"; xen,shared-mem = <0 1 0 1 2>; };
    end { compatible = "xen,evtchn-v1"; xen,evtchn = <1 2>; };
  }; };`;
  const host = readHostTree(PlacedTree.fromSource({ file: 'host.dts', text }));
  const files = { ...generatedFiles({ domains: {} }), hosts: [host], partials: [] };
  expect(systemSpecOf(files)?.left).toMatchObject([
    { what: 'dom0’s shared memory box', where: { place: { line: 2 } } },
    { what: 'dom0’s end of an event channel', where: { place: { line: 3 } } },
  ]);
});
