// SPDX-License-Identifier: Apache-2.0
// `ceremony roster show`.
#include <inttypes.h>
#include <stdio.h>

#include "keys/ceremony/roster_action.h"
#include "keys/ceremony/show.h"

static const char *state_of(const struct roster_entry *entry, int64_t now_s) {
    if (entry->suspended) {
        return "suspended";
    }
    if (now_s >= entry->valid_until) {
        return "EXPIRED";
    }
    if (entry->vetting_until != 0 && now_s >= entry->vetting_until) {
        return "UNVETTED";
    }
    if (entry->training_until != 0 && now_s >= entry->training_until) {
        return "UNTRAINED";
    }
    return now_s < entry->valid_from ? "not yet" : "active";
}

static void show_terms(const struct terms *terms) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (terms->limits.of[i] != 0) {
            printf(", %s %u", limit_text((enum limit)i), terms->limits.of[i]);
        }
    }
    if (terms->allowance.elements_day != 0) {
        char until[CLOCK_TEXT_SIZE];
        clock_format(terms->allowance.until, until);
        printf(", allowance of %u elements", terms->allowance.elements_day);
        if (terms->allowance.children_day != 0) {
            printf(" and %u children", terms->allowance.children_day);
        }
        printf(" a day until %s", until);
    }
}

static void show_entry(const struct roster_entry *entry, int64_t now_s) {
    char identity[MAX_URN + 1], until[CLOCK_TEXT_SIZE];
    const char *comma = "";
    urn_format(&entry->identity, identity);
    clock_format(entry->valid_until, until);
    printf("%-52s %-9s %-20s %4zu  ", identity, state_of(entry, now_s), until, entry->key_count);
    for (unsigned bit = 1; bit < 1U << ROLE_COUNT; bit <<= 1) {
        if ((entry->roles & bit) != 0) {
            printf("%s%s", comma, role_text((enum role)bit));
            comma = ", ";
        }
    }
    show_terms(&entry->terms);
    printf("\n");
}

static void show_barred(const struct roster *roster) {
    if (roster->barred_count > 0) {
        printf("\nBARRED\n");
    }
    for (size_t i = 0; i < roster->barred_count; i++) {
        char identity[MAX_URN + 1];
        urn_format(&roster->barred[i], identity);
        printf("%s\n", identity);
    }
}

err_t roster_action_show(struct change *change) {
    const struct roster *roster = change->roster;
    struct buf text = {0};
    if (change->given->json) {
        err_t err = roster_write(roster, &text);
        if (err == OK) {
            printf("%.*s\n", (int)text.len, (const char *)text.data);
        }
        buf_free(&text);
        return err;
    }
    char until[SHOW_UNTIL_SIZE];
    show_until(roster->expires, change->now_s, until);
    printf("Roster of \"%s\", version %" PRIu64 ", valid until %s\n\n%-52s %-9s %-20s %s  %s\n", roster->scheme,
           roster->version, until, "IDENTITY", "STATE", "UNTIL", "KEYS", "ROLES");
    for (size_t i = 0; i < roster->count; i++) {
        show_entry(&roster->entries[i], change->now_s);
    }
    show_barred(roster);
    return OK;
}
