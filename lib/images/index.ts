// SPDX-License-Identifier: Apache-2.0
/** What is booted: resolving, fetching, verifying, building. */
export { prepareImages, type PrepareOptions } from './prepare.ts';
export {
  type HypervisorImage,
  type ImageFile,
  type ImageSet,
  imageSetOf,
  resolveImages,
} from './image-set.ts';
export type { QemuProgram } from './qemu-program.ts';
