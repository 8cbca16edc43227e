// SPDX-License-Identifier: Apache-2.0
// The changes that an order means for some children, in the order in which they must be sent.
#ifndef CLIENT_CHANGE_LIST_H
#define CLIENT_CHANGE_LIST_H

#include <stddef.h>

#include "client/changes.h"
#include "proto/involvement.h"

struct change_list {
    struct change *changes;
    size_t *owner; // change -> child
    size_t count;
};

// The tokens of children's records, child after child.
struct child_tokens {
    const struct caseload_child *children;
    size_t count;
    const struct token_set *tokens;
};

// One change for each record. A replacement takes every old record out for the first new one: each change ends with
// that record in place, whatever tokens the old ones shared with it. The other new records follow by
// change_list_aliases. ERR_MEMORY, ERR_CRYPTO, ERR_INPUT.
err_t change_list_make(const struct change_order *order, const struct child_tokens *now, const struct child_tokens *was,
                       struct change_list *out);
// After a replacement: opens the second and later records of the children that were found.
err_t change_list_aliases(const struct change_order *order, const struct child_tokens *now,
                          const struct change_outcome *outcomes, struct change_list *out);
void change_list_free(struct change_list *list); // wipes

#endif
