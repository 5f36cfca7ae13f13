// SPDX-License-Identifier: Apache-2.0
import {
  type ImageBuilderConfig,
  isBooted,
  mostDomains,
  readShm,
  shellNumber,
  shellNumbers,
} from '../import/image-builder.ts';
import type { HostTree } from '../import/host-tree.ts';
import type { ShellSetting } from '../import/shell-config.ts';
import type { UBootScript } from '../import/u-boot-script.ts';
import type { From } from '../import/where.ts';
import { formatBytes, hex, MiB } from '../support/units.ts';
import type { Finding } from './finding.ts';

type Texts = readonly [message: string, consequence: string, fix: string];

const found = (
  rule: Finding['rule'],
  severity: Finding['severity'],
  { where }: Pick<From<string>, 'where'>,
  [message, consequence, fix]: Texts,
): Finding => ({ rule, severity, where, message, consequence, fix });

/** What a value has to be, by the variable's name without its number. */
const forms: readonly (readonly [RegExp, (value: string) => boolean, string])[] = [
  [/^DOMU_SHARED_MEM$/, (value) => readShm(value) !== undefined, '"ID HOST GUEST SIZE"'],
  [
    /^(?:DOMU_STATIC_MEM|XEN_STATIC_HEAP)$/,
    (value) => (shellNumbers(value)?.length ?? 1) % 2 === 0,
    'pairs of address and size',
  ],
  [
    /^(?:DOMU_MEM|DOMU_VCPUS|DOM0_MEM|DOM0_VCPUS|MEMORY_START|MEMORY_END)$/,
    (value) => shellNumber(value) !== undefined,
    'a number',
  ],
  [
    /^NUM_DOMUS$/,
    (value) => {
      const count = shellNumber(value);
      return count !== undefined && count <= BigInt(mostDomains);
    },
    `a number of domains, up to ${mostDomains}`,
  ],
  [/^DOMU_(?:DIRECT_MAP|ENHANCED)$/, (value) => /^[01]$/.test(value), '0 or 1'],
  [
    /^(?:DOMU|DOM0|XEN)_COLORS$/,
    (value) => /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(value),
    '"0-3"',
  ],
];

const nameOf = ({ name, index }: ShellSetting): string =>
  index === undefined ? name : `${name}[${index}]`;

function checkValue(setting: ShellSetting): Finding[] {
  const form = forms.find(([name]) => name.test(setting.name));
  if (form === undefined || setting.value === '' || form[1](setting.value)) return [];
  return [
    found('image-builder-value', 'error', setting, [
      `${nameOf(setting)} is "${setting.value}", not ${form[2]}`,
      'the boot script is not made, or writes something else into the device tree',
      `write ${form[2]}`,
    ]),
  ];
}

function checkIgnored(config: ImageBuilderConfig): Finding[] {
  const { count, get, config: read } = config;
  const beyond = read.settings
    .filter(({ name, index }) => name.startsWith('DOMU_') && (index ?? 0) >= count)
    .map((setting) =>
      found('image-builder-ignored', 'warning', setting, [
        `${nameOf(setting)} is of no domain: NUM_DOMUS is ${count}`,
        'it is ignored in silence',
        `write NUM_DOMUS=${(setting.index ?? 0) + 1}, or take it away`,
      ]),
    );
  const memory = Array.from({ length: count }, (_unused, index) => index).flatMap((index) => {
    const [asked, fixed] = [get('DOMU_MEM', index), get('DOMU_STATIC_MEM', index)];
    const sizes = shellNumbers(fixed?.value ?? '')?.filter((_size, at) => at % 2 === 1) ?? [];
    const sum = sizes.reduce((total, size) => total + size, 0n);
    const wanted = (shellNumber(asked?.value ?? '') ?? 0n) * BigInt(MiB(1));
    if (asked === undefined || fixed === undefined || wanted === sum || wanted === 0n) return [];
    return [
      {
        ...found('image-builder-ignored', 'warning', asked, [
          `DOMU_MEM[${index}] is ${asked.value} MiB, and the static memory ${formatBytes(Number(sum))}`,
          'DOMU_MEM is ignored: the domain has its static memory',
          'take DOMU_MEM away, or make it the same',
        ]),
        related: [fixed.where],
      },
    ];
  });
  return [...beyond, ...memory];
}

/** Options that the script refuses together. */
function checkTogether({ get, count, config }: ImageBuilderConfig): Finding[] {
  const [command, kernel] = [get('XEN_CMD'), get('DOM0_KERNEL')];
  const ofDom0 = ['MEM', 'VCPUS', 'CMD', 'COLORS', 'RAMDISK', 'ROOTFS']
    .map((name) => get(`DOM0_${name}`))
    .filter((one) => one !== undefined);
  const refused = 'uboot-script-gen makes no boot script';
  return [
    ...['DOM0_MEM', 'DOM0_VCPUS'].flatMap((name) => {
      const one = get(name);
      if (one === undefined || command === undefined) return [];
      const fix = `write dom0_mem and dom0_max_vcpus into XEN_CMD`;
      const message = `${name} stands beside XEN_CMD`;
      return [
        {
          ...found('image-builder-value', 'error', one, [message, refused, fix]),
          related: [command.where],
        },
      ];
    }),
    ...(kernel === undefined ? ofDom0 : []).map((one) =>
      found('image-builder-value', 'error', one, [
        'an option of dom0 without DOM0_KERNEL',
        refused,
        'name the kernel, or take the option away',
      ]),
    ),
    ...Array.from({ length: count }, (_unused, index) => index)
      .filter((index) => get('DOMU_KERNEL', index) === undefined)
      .flatMap((index) => {
        const one = config.settings.find(
          ({ name, index: own }) => name.startsWith('DOMU_') && (own ?? 0) === index,
        );
        const where = one ?? get('NUM_DOMUS');
        if (where === undefined || !isBooted({ get } as ImageBuilderConfig, index)) return [];
        return [
          found('image-builder-value', 'error', where, [
            `DOMU_KERNEL[${index}] is missing`,
            refused,
            'name its kernel',
          ]),
        ];
      }),
  ];
}

/** What is wrong with a configuration of ImageBuilder beside the tree that it leads to. */
export function checkImageBuilder(config: ImageBuilderConfig): Finding[] {
  return [
    ...config.config.settings.flatMap(checkValue),
    ...checkIgnored(config),
    ...checkTogether(config),
  ];
}

/** Commands of a boot script that do not do what they seem to. */
export function checkScript({ faults }: UBootScript): Finding[] {
  return faults.map((fault) => ({ rule: 'script-command', severity: 'error', ...fault }));
}

/** Modules of domains against the files that the boot script loads. */
export function checkModules({ loads, dom0, domains }: HostTree): Finding[] {
  if (loads.length === 0) return [];
  return [dom0, ...domains].flatMap(({ name, modules }) =>
    modules.flatMap(({ kind, start, size, file, where }): Finding[] => {
      if (start === undefined || size === undefined) return [];
      const load = loads.find((one) => one.start === start);
      if (file === undefined)
        return [
          found('module-load', 'error', { where }, [
            `the ${kind} of ${name} is at ${hex(start)}, and the script loads nothing there`,
            'Xen takes whatever lies there for it',
            'write the address that the file is loaded to',
          ]),
        ];
      if (load === undefined || load.size <= size) return [];
      return [
        {
          ...found('module-load', 'error', { where }, [
            `the ${kind} of ${name} has ${hex(size)} bytes, and ${file} ${hex(load.size)}`,
            'Xen takes its beginning alone',
            'write the size of the file: 0x${filesize} behind its load',
          ]),
          related: [load.where],
        },
      ];
    }),
  );
}
