// SPDX-License-Identifier: Apache-2.0
/** What `crosspage doctor` asks of this folder; kept apart because start and test need none of it. */
export { buildTools, installCommand, missingPackages } from './build-tools.ts';
export { type ImageListing, listStates } from './inventory.ts';
export { hostMachine, versionLine as toolVersion } from './machine.ts';
export { readManifest } from './manifest.ts';
export { findMirrors } from './mirror.ts';
export { placesOf } from './places.ts';
export { debianKeyring } from './private-apt.ts';
export { qemuName, qemuVersion } from './qemu-program.ts';
export { atLeast } from './version.ts';
