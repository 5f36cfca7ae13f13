// SPDX-License-Identifier: Apache-2.0

/** What a rule is about, for the documentation and for `--help`. */
export interface RuleText {
  /** One line: what is wrong. */
  readonly summary: string;
  /** Where Xen's behaviour is to be read, or where it was seen. */
  readonly source: string;
  /** What `--fix` does about it, for the cases in which what was meant is certain. */
  readonly mended?: string;
  /**
   * Of an error that may boot and share all the same on a machine such as QEMU's: what is lost there,
   * and when. What it finds is then to be proved by what Xen maps.
   */
  readonly quiet?: string;
  /** Of a warning that may keep a system from booting: what that depends on. */
  readonly depends?: string;
}

const shm = 'xen/arch/arm/static-shmem.c, docs/misc/arm/device-tree/booting.txt';
const build = 'xen/arch/arm/dom0less-build.c';
const xl = 'tools/xl/xl_parse.c';
const libxl = 'libxl_sshm.c of a toolstack with static_shm';
const imageBuilder = 'ImageBuilder, scripts/uboot-script-gen';
const comments = 'lib/lint/README.md';
const colour = 'docs/misc/cache-coloring.rst, xen/common/llc-coloring.c';
const evtchn = 'xen/arch/arm/static-evtchn.c';
const layout = 'xen/include/public/arch-arm.h, the guest physical map';

/** Every rule by its name. */
export const rules = {
  unreadable: { summary: 'a file cannot be read', source: 'the file’s own grammar' },
  'suppression-form': {
    summary: 'a comment crosspage-ignore without a known rule, or without a reason',
    source: comments,
  },
  'suppression-unused': {
    summary: 'a comment crosspage-ignore where the rule finds nothing',
    source: comments,
  },
  'xl-value': {
    summary: 'an option has a value of another form than xl takes',
    source: xl,
    mended: 'one value where a list is wanted is put in brackets',
  },
  'xl-name': { summary: 'a domain without a name, or with that of another', source: xl },
  'xl-memory': {
    summary: 'a domain of xl without memory, or with more than the host has',
    source: 'tools/libs/light/libxl_mem.c, libxl_domain_need_memory',
  },
  'xl-option': {
    summary: 'an option that xl does not know: one about sharing that is misspelt is an error',
    source: xl,
  },
  cells: {
    summary: 'the cells of a property do not come out',
    source: 'Devicetree specification, 2.3',
  },
  'shm-compatible': { summary: 'a shared memory node that Xen does not know as one', source: shm },
  'shm-id': { summary: 'xen,shm-id is missing, empty or too long', source: shm },
  'shm-role': {
    summary: 'a role that is neither owner nor borrower',
    source: shm,
    mended: 'capital letters become small ones',
  },
  'shm-cells': {
    summary: 'xen,shared-mem is missing or has the wrong number of cells',
    source: shm,
    mended: 'three values, or two, where each wants two cells, get their high halves',
  },
  'shm-size': { summary: 'the size of a region is 0 or no multiple of 4 KiB', source: shm },
  'shm-alignment': { summary: 'an address of a region is not on a page boundary', source: shm },
  'shm-differs': {
    summary: 'one xen,shm-id with two sizes or host addresses',
    source: shm,
    quiet:
      'Xen 4.17 stops reading the tree there: what stands behind it is lost, and what one side has more than the other is memory that others are given',
  },
  'shm-owner': { summary: 'a region without an owner, or with several', source: shm },
  'shm-limit': { summary: 'more regions than this Xen takes', source: shm },
  'shm-heap': { summary: 'a region without a host address', source: shm },
  'shm-not-built': {
    summary: 'static shared memory on a Xen that was built without it',
    source: shm,
  },
  'shm-direct-map': { summary: 'a direct-mapped domain with another guest address', source: shm },
  'host-overlap': {
    summary: 'two things at one host address',
    source: 'xen/common/device-tree/bootfdt.c',
    quiet: 'memory that is said to be RAM too is lost once Xen’s allocator gives it away',
  },
  'host-not-ram': { summary: 'shared memory where the host has no RAM', source: shm },
  'guest-overlap': {
    summary: 'two things at one guest address',
    source: layout,
    quiet:
      'what lay there is lost: RAM that the guest has not used yet, a device that it does not use',
  },
  'guest-beyond': {
    summary: 'a guest address that not every processor has',
    source: 'xen/arch/arm/mmu/p2m.c, p2m_ipa_bits',
    depends: 'how many bits a processor has, the files do not say',
  },
  'domain-cpus': { summary: 'a domain without cpus, or with 0', source: build },
  'domain-memory': {
    summary:
      'a domain without memory, in one cell, off the page, more than there is, or another sum than its static memory',
    source: build,
    mended: 'one cell gets its high half',
  },
  'domain-kernel': {
    summary: 'a domain without a kernel module',
    source: build,
  },
  'module-empty': {
    summary: 'a boot module whose size is 0',
    source: 'xen/arch/arm/kernel.c, xen/common/device-tree/bootinfo.c',
  },
  'direct-map': { summary: 'direct-map without static memory', source: build },
  enhanced: { summary: 'xen,enhanced without a dom0', source: build },
  'static-memory-alignment': {
    summary: 'static memory that is not on page boundaries',
    source: build,
  },
  'static-memory-not-built': {
    summary: 'static memory on a Xen that was built without it',
    source: build,
  },
  'option-version': {
    summary: 'an option that the Xen that is meant does not read',
    source: 'docs/misc/arm/device-tree/booting.txt',
  },
  'option-unknown': {
    summary: 'a property of a domain that no Xen reads',
    source: 'docs/misc/arm/device-tree/booting.txt',
  },
  'colour-off': {
    summary: 'llc-colors without llc-coloring on Xen’s command line',
    source: colour,
  },
  'colour-not-built': {
    summary: 'llc-coloring on a Xen that was built without it',
    source: colour,
  },
  'colour-form': { summary: 'colours that are no ascending ranges', source: colour },
  'colour-static': { summary: 'static memory where colouring is on', source: colour },
  'colour-shared': {
    summary: 'a coloured domain that shares memory, which has no colour',
    source: colour,
  },
  'colour-leak': {
    summary: 'a domain without colours behind one that has some, before 4.21',
    source: build,
  },
  'evtchn-compatible': {
    summary: 'an end of an event channel that Xen does not know as one',
    source: evtchn,
    mended: 'xen,evtchn, as Xen’s documentation has it once, becomes xen,evtchn-v1',
  },
  'evtchn-pair': { summary: 'ends of an event channel that do not fit', source: evtchn },
  'reg-iommu': {
    summary: 'a device that may be behind no IOMMU, without xen,force-assign-without-iommu',
    source: build,
    depends: 'whether an IOMMU protects a device, the files do not say',
  },
  'reg-tuple': { summary: 'xen,reg has cells left over', source: build },
  'reg-alignment': { summary: 'xen,reg is not on page boundaries', source: build },
  'reg-path': { summary: 'xen,reg without xen,path, or the other way round', source: build },
  'reg-ram': {
    summary: 'xen,reg maps memory that Xen gives to others',
    source: build,
    quiet: 'it is lost once Xen’s allocator gives it away',
  },
  'reg-cacheable': { summary: 'xen,reg-cacheable on a Xen that does not know it', source: build },
  'attributes-differ': {
    summary: 'two parties map the same memory with different attributes',
    source: 'Arm ARM, B2.8, mismatched memory attributes',
  },
  'fragment-ignored': {
    summary: 'a node of a partial device tree that nobody copies',
    source: 'tools/libs/light/libxl_arm.c, copy_partial_fdt',
  },
  'fragment-memory': {
    summary: 'memory or reserved-memory in a partial device tree, where Linux does not look',
    source: 'Linux, drivers/of/fdt.c',
  },
  'fragment-sram': {
    summary: 'mmio-sram in a partial device tree that Linux’ driver does not take',
    source: 'Linux, Documentation/devicetree/bindings/sram/sram.yaml',
  },
  'fragment-xl': {
    summary: 'xen,reg in a partial device tree that xl gives to a domain',
    source: 'tools/libs/light/libxl_arm.c',
  },
  'iomem-form': {
    summary: 'an iomem entry that xl does not read',
    source: xl,
    mended: 'an attribute without a guest frame gets the frame that is the default',
  },
  'iomem-bytes': {
    summary: 'an iomem entry at an address that looks like bytes in the place of page frames',
    source: xl,
    depends: 'which host addresses a board has, the files do not say',
  },
  'iomem-empty': { summary: 'an iomem entry of no pages', source: xl },
  'iomem-attribute': { summary: 'an iomem attribute that this xl does not know', source: xl },
  'iomem-reserved': {
    summary: 'iomem of reserved memory that Xen does not let dom0 hand out',
    source: 'xen/arch/arm/device.c',
  },
  'iomem-ram': {
    summary: 'iomem of RAM that is not reserved, which Xen does not let dom0 hand out',
    source: 'xen/arch/arm/device.c, map_range_to_domain',
    quiet:
      'dom0 may hand out the page behind reserved memory too, and Xen gives that page to others',
  },
  'xl-shm-form': {
    summary: 'a static_shm entry that xl does not read',
    source: libxl,
    mended: 'x86_normal, as the manual’s examples have it, becomes ARM_normal',
  },
  'xl-shm-role': {
    summary: 'static_shm with a role or words that do not go together',
    source: libxl,
    mended: 'a role that is missing is written where another domain owns the region: borrower',
  },
  'xl-shm-owner': {
    summary: 'a static_shm region without an owner, or with several',
    source: libxl,
  },
  'xl-shm-range': {
    summary: 'static_shm that is not on pages, or beyond the owner’s memory',
    source: libxl,
  },
  'xl-shm-unknown': { summary: 'static_shm on a toolstack that does not know it', source: libxl },
  'image-builder-value': {
    summary: 'a variable of ImageBuilder that makes no boot script, or another one',
    source: imageBuilder,
  },
  'image-builder-ignored': {
    summary: 'a variable of ImageBuilder that is ignored in silence',
    source: imageBuilder,
  },
  'script-command': {
    summary: 'a command of a boot script that does not do what it seems to',
    source: 'U-Boot, cmd/fdt.c',
  },
  'module-load': {
    summary: 'a module of a domain is not what the boot script loads there',
    source: 'xen/arch/arm/bootfdt.c, process_multiboot_node',
  },
  'guest-modules': {
    summary: 'memory is shared where the guest’s device tree or ramdisk lies',
    source: 'tools/libs/guest/xg_dom_arm.c, xen/arch/arm/kernel.c',
  },
  'image-page': {
    summary: 'memory is shared where the guest’s kernel image lies',
    source: 'Linux, Documentation/arch/arm64/booting.rst',
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type RuleName = keyof typeof rules;

/** Rules whose errors may boot and share all the same. */
export type QuietRule = {
  [Name in RuleName]: (typeof rules)[Name] extends { readonly quiet: string } ? Name : never;
}[RuleName];

/** Whether there is a rule of that name. */
export const isRule = (name: string): name is RuleName => Object.hasOwn(rules, name);
