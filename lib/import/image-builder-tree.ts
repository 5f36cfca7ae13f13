// SPDX-License-Identifier: Apache-2.0
import { cells, cells64, strings } from '../dt/index.ts';
import type { BootFiles, LoadedFile } from './boot-loads.ts';
import type { Unknown } from './dom0less-domain.ts';
import { type HostTree, readHostTree } from './host-tree.ts';
import {
  type ImageBuilderConfig,
  isBooted,
  loadsOf,
  memoryOf,
  readShm,
  shellNumber,
  shellNumbers,
} from './image-builder.ts';
import { PlacedTree } from './placed-tree.ts';
import { TreeEdits } from './tree-edits.ts';
import type { From, Where } from './where.ts';

const split = (value: bigint): readonly [number, number] => [
  Number(value >> 32n),
  Number(value & 0xffff_ffffn),
];

/** Writes into a tree what uboot-script-gen would have U-Boot write. */
class Writer {
  readonly loads: readonly LoadedFile[];
  /** Files of modules, by the paths of their nodes. */
  readonly named = new Map<string, string>();
  readonly #config: ImageBuilderConfig;
  readonly #edits: TreeEdits;
  readonly #start: Where;

  constructor(config: ImageBuilderConfig, files: BootFiles) {
    this.#config = config;
    const { file } = config.config.source;
    const first = { file, line: 1, column: 1, length: 1 };
    this.#start = { file, place: first, line: config.config.source.text.split('\n')[0] };
    const named = config.get('DEVICE_TREE');
    const base = named && files.treeOf(named.value);
    this.#edits = new TreeEdits(base ?? PlacedTree.empty(file));
    if (base === undefined) this.#memory();
    this.loads = loadsOf(config, files.sizeOf);
  }

  write(): PlacedTree {
    this.#chosen();
    for (let index = 0; index < this.#config.count; index++) this.#domain(index);
    return this.#edits.placed;
  }

  /** Without the host's tree, what is said of its memory. */
  #memory(): void {
    const { get } = this.#config;
    const [begin, end] = [get('MEMORY_START'), get('MEMORY_END')];
    const [from, to] = [shellNumber(begin?.value ?? '0x0'), shellNumber(end?.value ?? '')];
    const edits = this.#edits;
    for (const name of ['#address-cells', '#size-cells']) edits.set('/', name, 2, this.#start);
    if (from === undefined || to === undefined || end === undefined || to <= from) return;
    edits.add('/', 'memory', end.where);
    edits.set('/memory', 'device_type', 'memory', end.where);
    edits.set('/memory', 'reg', cells64(from, to - from), end.where);
  }

  #chosen(): void {
    const { get } = this.#config;
    const edits = this.#edits;
    edits.add('/', 'chosen', this.#start);
    for (const name of ['#address-cells', '#size-cells'])
      edits.set('/chosen', name, 2, this.#start);
    const command = get('XEN_CMD') ?? this.#defaultCommand();
    edits.set('/chosen', 'xen,xen-bootargs', command.value, command.where);
    const heap = get('XEN_STATIC_HEAP');
    const ranges = heap && shellNumbers(heap.value);
    if (heap !== undefined && ranges !== undefined)
      edits.set('/chosen', 'xen,static-heap', cells64(...ranges), heap.where);
    this.#module('/chosen', 'dom0', get('DOM0_KERNEL'), [
      'xen,linux-zimage',
      'xen,multiboot-module',
    ]);
    this.#module('/chosen', 'dom0-ramdisk', get('DOM0_RAMDISK'), [
      'xen,linux-initrd',
      'xen,multiboot-module',
    ]);
    this.#dom0Command();
  }

  /** Without DOM0_CMD, what uboot-script-gen has (xen_config). */
  #dom0Command(): void {
    const { get } = this.#config;
    const kernel = get('DOM0_KERNEL');
    if (kernel === undefined) return;
    const root = get('DOM0_RAMDISK') === undefined ? '' : ' root=/dev/ram0';
    const usual = `console=hvc0 earlycon=xen earlyprintk=xen clk_ignore_unused${root}`;
    const { value, where } = get('DOM0_CMD') ?? { value: usual, where: kernel.where };
    this.#edits.set('/chosen', 'xen,dom0-bootargs', value, where);
  }

  #defaultCommand(): From<string> {
    const { get } = this.#config;
    const [memory, colors, dom0Colors] = [get('DOM0_MEM'), get('XEN_COLORS'), get('DOM0_COLORS')];
    const words = [
      'console=dtuart dtuart=serial0',
      ...(get('DOM0_KERNEL') === undefined ? [] : [`dom0_mem=${memory?.value ?? '1500'}M`]),
      'bootscrub=0 vwfi=native sched=null',
      ...(colors === undefined ? [] : [`llc-coloring=on xen-llc-colors=${colors.value}`]),
      ...(dom0Colors === undefined ? [] : [`dom0-llc-colors=${dom0Colors.value}`]),
    ];
    return {
      value: words.join(' '),
      where: (colors ?? dom0Colors ?? memory)?.where ?? this.#start,
    };
  }

  #module(
    parent: string,
    name: string,
    file: From<string> | undefined,
    compatible: readonly string[],
  ): void {
    if (file === undefined) return;
    const path = `${parent}/${name}`;
    this.#edits.add(parent, name, file.where);
    this.#edits.set(path, 'compatible', strings(...compatible), file.where);
    this.named.set(path, file.value);
    const load = this.loads.find(({ where }) => where === file.where);
    if (load?.size === undefined) return;
    this.#edits.set(path, 'reg', cells64(load.start, load.size), file.where);
  }

  #domain(index: number): void {
    const { get } = this.#config;
    const edits = this.#edits;
    for (const path of get('DOMU_PASSTHROUGH_PATHS', index)?.value.split(/\s+/) ?? [])
      if (path !== '' && edits.has(path))
        edits.set(path, 'xen,passthrough', true, this.#at('PASSTHROUGH_PATHS', index));
    if (!isBooted(this.#config, index)) return;
    const path = `/chosen/domU${index}`;
    const whole = this.#at('KERNEL', index);
    edits.add('/chosen', `domU${index}`, whole);
    edits.set(path, 'compatible', 'xen,domain', whole);
    for (const name of ['#address-cells', '#size-cells']) edits.set(path, name, 2, whole);
    this.#memoryOf(path, index);
    const cpus = get('DOMU_VCPUS', index);
    edits.set(path, 'cpus', Number(shellNumber(cpus?.value ?? '1') ?? 1), cpus?.where ?? whole);
    edits.set(path, 'vpl011', true, whole);
    const enhanced = get('DOMU_ENHANCED', index);
    const wanted =
      get('DOM0_KERNEL') === undefined ? enhanced?.value === '1' : enhanced?.value !== '0';
    if (wanted) edits.set(path, 'xen,enhanced', 'enabled', enhanced?.where ?? whole);
    const colors = get('DOMU_COLORS', index);
    if (colors !== undefined) edits.set(path, 'llc-colors', colors.value, colors.where);
    this.#module(path, 'kernel', get('DOMU_KERNEL', index), [
      'multiboot,kernel',
      'multiboot,module',
    ]);
    const command = get('DOMU_CMD', index) ?? { value: 'console=ttyAMA0', where: whole };
    if (edits.has(`${path}/kernel`))
      edits.set(`${path}/kernel`, 'bootargs', command.value, command.where);
    this.#module(path, 'ramdisk', get('DOMU_RAMDISK', index), [
      'multiboot,ramdisk',
      'multiboot,module',
    ]);
    this.#module(path, 'partial', get('DOMU_PASSTHROUGH_DTB', index), [
      'multiboot,device-tree',
      'multiboot,module',
    ]);
    this.#sharedMemory(path, index);
  }

  #memoryOf(path: string, index: number): void {
    const { get } = this.#config;
    const [fixed, asked] = [get('DOMU_STATIC_MEM', index), get('DOMU_MEM', index)];
    const where = (fixed ?? asked)?.where ?? this.#at('KERNEL', index);
    this.#edits.set(path, 'memory', cells64(memoryOf(this.#config, index) / 1024n), where);
    const ranges = fixed && shellNumbers(fixed.value);
    if (fixed === undefined || ranges === undefined || ranges.length % 2 !== 0) return;
    this.#edits.set(path, 'xen,static-mem', cells64(...ranges), fixed.where);
    const direct = get('DOMU_DIRECT_MAP', index);
    if ((direct?.value ?? '1') === '1')
      this.#edits.set(path, 'direct-map', true, direct?.where ?? fixed.where);
  }

  #sharedMemory(path: string, index: number): void {
    const given = this.#config.get('DOMU_SHARED_MEM', index);
    const shm = given && readShm(given.value);
    if (given === undefined || shm === undefined) return;
    const { id, numbers } = shm;
    const name =
      numbers.length === 3 ? `shared-mem@${(numbers[0] ?? 0n).toString(16)}` : 'shared-mem';
    this.#edits.add(path, name, given.where);
    const at = `${path}/${name}`;
    this.#edits.set(at, 'compatible', 'xen,domain-shared-memory-v1', given.where);
    this.#edits.set(at, 'xen,shm-id', id, given.where);
    this.#edits.set(at, 'xen,shared-mem', cells(...numbers.flatMap(split)), given.where);
  }

  #at(name: string, index: number): Where {
    const own = this.#config.get(`DOMU_${name}`, index);
    const any = this.#config.config.settings.find(
      (one) => one.name.startsWith('DOMU_') && (one.index ?? 0) === index,
    );
    return (own ?? any ?? this.#config.get('NUM_DOMUS'))?.where ?? this.#start;
  }
}

/** What Xen is booted with by such a configuration, and what is not known of it. */
export interface ImageBuilderHost {
  readonly host: HostTree;
  readonly unknown: readonly Unknown[];
}

export function imageBuilderHost(config: ImageBuilderConfig, files: BootFiles): ImageBuilderHost {
  const writer = new Writer(config, files);
  const host = readHostTree(writer.write(), writer.loads, writer.named);
  const tree = config.get('DEVICE_TREE');
  const absent = writer.loads.find(({ size }) => size === undefined);
  return {
    host,
    unknown: [
      ...(tree === undefined || files.treeOf(tree.value) !== undefined
        ? []
        : [{ where: tree.where, what: `the device tree ${tree.value}, which is not here` }]),
      ...(absent === undefined
        ? []
        : [
            {
              where: absent.where,
              what: `where files lie from ${absent.file} on, which is not here`,
            },
          ]),
    ],
  };
}
