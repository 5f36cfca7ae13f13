// SPDX-License-Identifier: Apache-2.0
import type { Row } from '../../misconfigurations/row.ts';
import { addresses } from '../../misconfigurations/table/addresses.ts';
import { domainNodes } from '../../misconfigurations/table/domain-nodes.ts';
import { guestAddresses } from '../../misconfigurations/table/guest-addresses.ts';
import { heap } from '../../misconfigurations/table/heap.ts';
import { ids } from '../../misconfigurations/table/ids.ts';
import { passthrough } from '../../misconfigurations/table/passthrough.ts';
import { roles } from '../../misconfigurations/table/roles.ts';
import { sizes } from '../../misconfigurations/table/sizes.ts';
import { staticMemory } from '../../misconfigurations/table/static-memory.ts';

/** All mistakes that tests/misconfigurations boots. */
export const tables: Readonly<Record<string, readonly Row[]>> = {
  addresses,
  domainNodes,
  guestAddresses,
  heap,
  ids,
  passthrough,
  roles,
  sizes,
  staticMemory,
};
