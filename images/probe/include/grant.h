/* SPDX-License-Identifier: Apache-2.0 */
/* Grants of this domain's pages, and mappings of other domains' grants. */
#ifndef GRANT_H
#define GRANT_H

#include "types.h"

/* Entries in one page of a version 1 table. */
#define GRANT_ENTRIES 512

struct grant_mapping
{
    int16_t status; /* GNTST_okay is 0 */
    uint32_t handle;
};

/* Maps the first page of the grant table, once; Xen's result. */
long grant_init(void);
bool grant_ready(void);
/* Lets a domain map the page at gpa by the reference. */
void grant_access(uint32_t ref, uint16_t domid, uint64_t gpa, bool readonly);
/* Takes the permission back; false while the page is mapped by it. */
bool grant_end(uint32_t ref);
/* Maps another domain's grant at gpa; Xen's result. */
long grant_map(uint16_t domid, uint32_t ref, uint64_t gpa, bool readonly,
               struct grant_mapping *out);
long grant_unmap(uint32_t handle, uint64_t gpa, int16_t *status);

#endif
