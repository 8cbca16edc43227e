// SPDX-License-Identifier: Apache-2.0
// The months of which a folder holds a file: "2026-11" + suffix, in order.
#ifndef INDEXD_MONTHS_H
#define INDEXD_MONTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/segment.h"

struct month {
    char name[SEGMENT_NAME_SIZE];
    uint64_t first_seq; // of the segment's records; the journal fills it in
};

struct months { // zero-initialise; months_free it
    struct month *items;
    size_t count;
};

// Files with any other name are passed over. ERR_CORRUPT when the folder is missing, ERR_IO, ERR_MEMORY.
err_t months_list(const char *folder, const char *suffix, struct months *out);
err_t months_append(struct months *months, const char *name, uint64_t first_seq);
bool months_has(const struct months *months, const char *name);
void months_free(struct months *months);

// "folder/2026-11suffix" in memory the caller frees; NULL when there is none.
char *month_path(const char *folder, const char *name, const char *suffix);

#endif
