// SPDX-License-Identifier: Apache-2.0
import { type ImageFile, type ImageSet, overlaidRamdisk } from '../images/index.ts';
import type { PlannedLinux, SystemPlan } from '../xen/plan.ts';

/** Where a dom0 has the Image of the memory probe, for the domains that it creates. */
export const dom0ProbePath = '/usr/lib/crosspage/probe';

/** Where a dom0 has what Linux domains boot, if it creates such. */
export const dom0GuestPaths = {
  kernel: '/usr/lib/crosspage/guest-kernel',
  ramdisk: '/usr/lib/crosspage/guest-ramdisk',
};

/** What a Linux dom0 boots. */
export interface LinuxImages {
  readonly kernel: ImageFile;
  readonly ramdisk: ImageFile;
}

/** What the Linux domains boot that a dom0 creates. */
function guestFiles({ guest }: PlannedLinux, images: ImageSet): Record<string, string> {
  if (guest === undefined) return {};
  return {
    [dom0GuestPaths.kernel.slice(1)]: images.linux().path,
    [dom0GuestPaths.ramdisk.slice(1)]: images.root(guest).path,
  };
}

/**
 * The Linux of a plan's dom0, if it has one, with what it hands on laid over its root file system.
 * @throws EnvironmentError for an image that has not been built.
 */
export async function linuxOf(
  plan: SystemPlan,
  images: ImageSet,
  cache: string,
): Promise<LinuxImages | undefined> {
  const linux = plan.domains.find((domain) => domain.linux !== undefined)?.linux;
  if (linux === undefined) return undefined;
  const root = images.root(linux.root);
  const overlay = {
    directory: linux.overlay ?? images.toolstackOf(plan.flavour)?.root,
    files: { [dom0ProbePath.slice(1)]: images.probe('memory').path, ...guestFiles(linux, images) },
  };
  const ramdisk = await overlaidRamdisk(root, overlay, cache);
  return { kernel: images.linux(), ramdisk };
}
