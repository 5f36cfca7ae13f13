// SPDX-License-Identifier: Apache-2.0
import { test } from '@playwright/test';
import type { Stage2Page } from '../memory/stage2-map.ts';
import { fact, factKeys } from '../report/annotations.ts';
import type { Share } from '../xen/mechanisms.ts';
import { printMeasured } from '../xen/measured.ts';
import { p2mTypeName } from '../xen/p2m.ts';

/** Tells the reports how the pages of a party are mapped: once for all that are mapped alike. */
export function noteMapping(share: Share, pages: readonly (Stage2Page | undefined)[]): void {
  const found = pages.map((page) =>
    printMeasured(share, page && { ...page.entry, type: p2mTypeName(page.entry.software) }),
  );
  for (const text of new Set(found)) test.info().annotations.push(fact(factKeys.mapped, text));
}
