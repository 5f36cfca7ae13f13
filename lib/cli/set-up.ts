// SPDX-License-Identifier: Apache-2.0
import { prepareImages, resolveImages } from '../images/index.ts';

/** Brings this machine to where tests can run: tools and images. Quick when all is there. */
export async function setUp(
  images?: readonly string[],
  tools: readonly string[] = [],
): Promise<void> {
  await prepareImages(images, { tools });
  // A wrong CROSSPAGE_FLAVOUR or CROSSPAGE_XEN is said once here, and not by every test.
  resolveImages().hypervisor();
}
