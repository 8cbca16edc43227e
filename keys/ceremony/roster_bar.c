// SPDX-License-Identifier: Apache-2.0
// `ceremony roster import-barred` and `unbar`: persons who may not take part, not even by an agency's system that names
// them, and not again by being added.
#include <stdio.h>
#include <stdlib.h>

#include "keys/ceremony/roster_action.h"
#include "proto/deny.h"

static err_t persons_of_list(const char *path, const struct deny_list *list, struct urn *out) {
    for (size_t i = 0; i < list->count; i++) {
        if (urn_parse(list->entries[i], &out[i]) != OK || out[i].kind != URN_PERSON) {
            return err_set(ERR_INPUT, "%s: holds what is not the identity of a person (urn:signpost:...:person:...)",
                           path);
        }
    }
    return OK;
}

static void report(const struct roster_barring *barring) {
    static const char *const notes[] = {
        [BARRED_REMOVED] = NULL,
        [BARRED_NOT_LISTED] = "was not on the roster; barred all the same",
        [BARRED_ALREADY] = "was barred already",
    };
    size_t counts[3] = {0};
    for (size_t i = 0; i < barring->count; i++) {
        char identity[MAX_URN + 1];
        urn_format(&barring->persons[i], identity);
        counts[barring->results[i]]++;
        if (notes[barring->results[i]] != NULL) {
            printf("%s %s\n", identity, notes[barring->results[i]]);
        }
    }
    printf("%zu persons listed: %zu removed from the roster, %zu not found on it, %zu barred already.\n",
           barring->count, counts[BARRED_REMOVED], counts[BARRED_NOT_LISTED], counts[BARRED_ALREADY]);
}

err_t roster_action_import_barred(struct change *change) {
    struct deny_list list = {0};
    struct roster_barring barring = {0};
    err_t err = deny_load(change->items[0], change->folder.scheme, &list);
    if (err == OK) {
        barring.persons = calloc(list.count + 1, sizeof barring.persons[0]);
        barring.results = calloc(list.count + 1, sizeof barring.results[0]);
        err = barring.persons == NULL || barring.results == NULL ? err_set(ERR_MEMORY, "no memory for the list") : OK;
    }
    if (err == OK) {
        barring.count = list.count;
        err = persons_of_list(change->items[0], &list, barring.persons);
    }
    err = err != OK ? err : roster_bar(change->roster, &barring);
    if (err == OK) {
        report(&barring);
    }
    free(barring.persons);
    free(barring.results);
    deny_free(&list);
    return err;
}

err_t roster_action_unbar(struct change *change) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < change->count; i++) {
        struct urn identity;
        err = roster_identity_at(change, i, &identity);
        err = err != OK ? err : roster_unbar(change->roster, &identity);
    }
    return err;
}
