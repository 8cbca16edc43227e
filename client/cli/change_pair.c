// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "client/cli/change.h"

static int by_line(const void *a, const void *b) {
    const struct caseload_reject *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

err_t change_reject(struct caseload *caseload, size_t line, const char *ref, const char *reason) {
    struct caseload_reject reject = {.line = line, .ref = strdup(ref), .column = "", .reason = strdup(reason)};
    struct caseload_reject *rejects =
        reallocarray(caseload->rejects, caseload->reject_count + 1, sizeof *caseload->rejects);
    if (rejects != NULL) {
        caseload->rejects = rejects;
    }
    if (rejects == NULL || reject.ref == NULL || reject.reason == NULL) {
        free(reject.ref);
        free(reject.reason);
        return err_set(ERR_MEMORY, "no memory for the rejects");
    }
    caseload->rejects[caseload->reject_count++] = reject;
    qsort(caseload->rejects, caseload->reject_count, sizeof *caseload->rejects, by_line);
    return OK;
}

static int by_ref(const void *a, const void *b) {
    const struct caseload_child *x = a, *y = b;
    return strcmp(x->ref, y->ref);
}

// A borrowed copy of the children, by reference.
static struct caseload_child *sorted(const struct caseload *caseload) {
    struct caseload_child *list = calloc(caseload->child_count + 1, sizeof *list);
    if (list != NULL && caseload->child_count > 0) {
        memcpy(list, caseload->children, caseload->child_count * sizeof *list);
        qsort(list, caseload->child_count, sizeof *list, by_ref);
    }
    return list;
}

static void child_free(struct caseload_child *child) {
    for (size_t i = 0; i < child->record_count; i++) {
        match_values_free(&child->records[i].values);
    }
    free(child->records);
    free(child->ref);
    free(child->entity);
}

static err_t pair_all(struct caseload *now, const struct caseload_child *old, size_t old_count,
                      struct caseload_child *was) {
    size_t kept = 0;
    for (size_t i = 0; i < now->child_count; i++) {
        struct caseload_child child = now->children[i];
        const struct caseload_child *found = bsearch(&child, old, old_count, sizeof *old, by_ref);
        if (found != NULL) {
            was[kept] = *found;
            now->children[kept++] = child;
            continue;
        }
        err_t err = change_reject(now, child.records[0].line, child.ref, "no earlier details with this reference");
        if (err != OK) { // nothing is lost: what was not looked at moves down behind what was kept
            memmove(now->children + kept, now->children + i, (now->child_count - i) * sizeof *now->children);
            now->child_count -= i - kept;
            return err;
        }
        child_free(&child);
    }
    now->child_count = kept;
    return OK;
}

err_t change_pair(struct caseload *now, const struct caseload *was, struct caseload_child **out_was) {
    struct caseload_child *old = sorted(was);
    struct caseload_child *paired = calloc(now->child_count + 1, sizeof *paired);
    err_t err = ERR_MEMORY;
    if (old == NULL || paired == NULL) {
        err = err_set(ERR_MEMORY, "no memory to compare the two files");
    } else {
        err = pair_all(now, old, was->child_count, paired);
    }
    free(old);
    if (err != OK) {
        free(paired);
        return err;
    }
    *out_was = paired;
    return OK;
}
