/* SPDX-License-Identifier: Apache-2.0 */
/* cache.S: over the lines that [address, address + size) touches; *done counts bytes. */
#ifndef CACHE_H
#define CACHE_H

#include "types.h"

void cache_clean_poc(uint64_t address, uint64_t size, volatile uint64_t *done);
void cache_clean_pou(uint64_t address, uint64_t size, volatile uint64_t *done);
void cache_clean_invalidate_poc(uint64_t address, uint64_t size, volatile uint64_t *done);
void cache_invalidate_poc(uint64_t address, uint64_t size, volatile uint64_t *done);

#endif
