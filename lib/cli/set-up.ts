// SPDX-License-Identifier: Apache-2.0
import { prepareImages } from '../images/index.ts';

/** Brings this machine to where tests can run: tools and images. Quick when all is there. */
export async function setUp(images?: readonly string[]): Promise<void> {
  await prepareImages(images);
}
