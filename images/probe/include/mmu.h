/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-1 tables: the identity map of the probe itself, and aliases of any guest address. */
#ifndef MMU_H
#define MMU_H

#include "types.h"
#include "protocol.gen.h"

#define GPA_LIMIT (1UL << ALIAS_SHIFT)
/* The alias that code is run through, after one for each attribute. */
#define ALIAS_EXEC ATTR_COUNT

void mmu_prepare(uint64_t dtb);
/* Maps a device where it is. */
bool mmu_map_device(uint64_t base, uint64_t size);
/* Maps [gpa, gpa + size) with an attribute and returns its alias; false when tables ran out. */
bool mmu_alias(uint64_t gpa, uint64_t size, unsigned int alias, uint64_t *address);

#endif
