// SPDX-License-Identifier: Apache-2.0

/**
 * Attributes a guest maps memory with (stage 1), in the order of their MAIR_EL1 index, each with
 * its MAIR byte (Arm ARM D24.2, MAIR_EL1).
 */
export const stage1Attributes = [
  { name: 'normal-write-back', mair: 0xff },
  { name: 'normal-write-through', mair: 0xbb },
  { name: 'normal-non-cacheable', mair: 0x44 },
  { name: 'device-nGnRnE', mair: 0x00 },
  { name: 'device-nGnRE', mair: 0x04 },
  { name: 'device-nGRE', mair: 0x08 },
  { name: 'device-GRE', mair: 0x0c },
] as const;

/** A stage-1 memory type by the Arm ARM's name. */
export type Stage1Attribute = (typeof stage1Attributes)[number]['name'];
