// SPDX-License-Identifier: Apache-2.0
import { type ImageFile, type ImageSet, overlaidRamdisk } from '../images/index.ts';
import { createdLinux, type GuestPaths } from '../xen/linux-guests.ts';
import type { PlannedLinux, SystemPlan } from '../xen/plan.ts';
import { printXlConfig } from '../xen/xl-config.ts';

/** Where a dom0 has the Image of the memory probe, for the domains that it creates. */
export const dom0ProbePath = '/usr/lib/crosspage/probe';

/** Where a dom0 has what Linux domains boot, if it creates such. */
export const dom0GuestPaths: GuestPaths = {
  kernel: '/usr/lib/crosspage/guest-kernel',
  ramdisk: '/usr/lib/crosspage/guest-ramdisk',
};

/** Where a dom0 has the configurations of the domains that it creates as it boots. */
const createdDirectory = 'usr/lib/crosspage/creates';

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

/** Configurations of the domains that it creates as it boots: in the order of the files' names. */
const createdTexts = (plan: SystemPlan): Record<string, string> =>
  Object.fromEntries(
    createdLinux(plan, dom0GuestPaths).map(({ config, domid }) => [
      `${createdDirectory}/${String(domid).padStart(3, '0')}-${config.name}`,
      printXlConfig(config),
    ]),
  );

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
    files: {
      [dom0ProbePath.slice(1)]: images.probe('memory').path,
      ...guestFiles(linux, images),
      ...linux.files,
    },
    texts: createdTexts(plan),
  };
  const ramdisk = await overlaidRamdisk(root, overlay, cache);
  return { kernel: images.linux(), ramdisk };
}
