// SPDX-License-Identifier: Apache-2.0
/** What is booted: resolving, fetching, verifying, building. */
export { type Overlay, overlaidRamdisk, writePrivateRamdisk } from './ramdisk.ts';
export { prepareImages, type PrepareOptions } from './prepare.ts';
export {
  type HostProgramImage,
  type HypervisorImage,
  type ImageFile,
  type ImageSet,
  imageSetOf,
  resolveImages,
  type ToolstackImage,
} from './image-set.ts';
export {
  allImages,
  cleanImages,
  type ImageListing,
  type ImageProgress,
  listStates,
  updateImageLock,
} from './inventory.ts';
export { hypervisorMutants, probeMutants, toolstackMutants } from './inventory.ts';
export {
  type HypervisorMutant,
  mutantFlavour,
  type ProbeMutant,
  type Survival,
  type ToolstackMutant,
} from './mutants.ts';
export { compareDebianVersions } from './debian-version.ts';
export {
  type DebianPackage,
  hypervisorOfPackage,
  localPackages,
  mirrorPackages,
  qemuOfPackages,
} from './debian-packages.ts';
export { hypervisorOfConfig, ownHypervisor } from './own-xen.ts';
export { preferFlavour } from './prefer-flavour.ts';
export type { QemuProgram } from './qemu-program.ts';
export type { Capabilities } from './store.ts';
export type { VersionNumber } from './version.ts';
export { parseConfig } from './kconfig.ts';
export { unpackXenSource } from './xen-source.ts';
export {
  buildXenTree,
  configureXenTree,
  type XenTreeBuild,
  type XenTreeRecipe,
  xenTreeRecipe,
  xenTreeTools,
} from './xen-tree.ts';
