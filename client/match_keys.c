// SPDX-License-Identifier: Apache-2.0
#include "client/match_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/components.h"

#define COMPONENTS_MAX 3

struct match_rule {
    const struct component *components[COMPONENTS_MAX]; // NULL where there are fewer
};

static const struct match_slot slots[] = {
    {"nhs", true},
    {"upn", true},
    {"names_dob", true},
    {"sound_dob", false},
    {"head_dob", false},
    {"ends_dob", false},
    // The set `core` ends here: nothing above depends on where a child lives.
    {"dob_postcode", false},
    {"dob_street", false},
    {"head_street", false},
    {"forename_home", false},
};
#define ADDRESS_SLOTS (sizeof(slots) / sizeof(slots[0]))
#define CORE_SLOTS 6

static const struct match_rule rules[ADDRESS_SLOTS] = {
    {{&component_nhs_number}},
    {{&component_upn}},
    {{&component_name_letters, &component_date_swappable}},
    {{&component_sounds, &component_date_swappable}},
    {{&component_heads, &component_date}},
    {{&component_ends, &component_date}},
    {{&component_date, &component_postcode_sorted}},
    {{&component_date, &component_outward, &component_street}},
    {{&component_heads, &component_outward, &component_street}},
    {{&component_forename_head, &component_postcode_sorted, &component_street}},
};

static const struct match_set sets[] = {
    {"core", slots, CORE_SLOTS, rules},
    {"address", slots, ADDRESS_SLOTS, rules},
};

const struct match_set *match_set_find(const char *name) {
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (strcmp(sets[i].name, name) == 0) {
            return &sets[i];
        }
    }
    return NULL;
}

struct scratch {
    char value[MAX_SLOTS][MATCH_VALUE_MAX + 1];
};

static void value_of(const struct match_rule *rule, const struct normal_identity *identity, char *out) {
    struct key_text text = {.data = out, .size = MATCH_VALUE_MAX + 1};
    out[0] = '\0';
    for (size_t i = 0; i < COMPONENTS_MAX && rule->components[i] != NULL; i++) {
        if (!rule->components[i]->put(identity, &text) || text.full) {
            out[0] = '\0';
            return;
        }
        if (i + 1 < COMPONENTS_MAX && rule->components[i + 1] != NULL) {
            key_text_put(&text, "|", 1);
        }
    }
}

// Copies the values out of the scratch into one allocation: a caseload holds a million of them.
static err_t pack(const struct match_set *set, const struct scratch *scratch, struct match_values *out) {
    struct match_values values = {.text_size = 1};
    for (size_t i = 0; i < set->slot_count; i++) {
        values.text_size += strlen(scratch->value[i]) + 1;
    }
    values.text = calloc(1, values.text_size);
    if (values.text == NULL) {
        return err_set(ERR_MEMORY, "no memory for match values");
    }
    char *at = values.text + 1; // the first byte is the empty value
    for (size_t i = 0; i < MAX_SLOTS; i++) {
        bool filled = i < set->slot_count && scratch->value[i][0] != '\0';
        size_t size = filled ? strlen(scratch->value[i]) + 1 : 0;
        memcpy(at, filled ? scratch->value[i] : "", size);
        values.value[i] = filled ? at : values.text;
        at += size;
        values.filled += filled;
        values.filled_sure += filled && set->slots[i].sure;
    }
    *out = values;
    return OK;
}

err_t match_values_of(const struct match_set *set, const struct normal_identity *identity, struct match_values *out) {
    struct scratch scratch;
    bool any = false;
    for (size_t i = 0; i < set->slot_count; i++) {
        value_of(&set->rules[i], identity, scratch.value[i]);
        any |= scratch.value[i][0] != '\0';
    }
    err_t err = any ? pack(set, &scratch, out)
                    : err_set(ERR_INPUT, "too few details: give an NHS number, a UPN, or forename, surname and date of "
                                         "birth");
    secret_wipe(&scratch, sizeof(scratch));
    return err;
}

bool match_values_equal(const struct match_values *a, const struct match_values *b) {
    return a->text_size == b->text_size && memcmp(a->text, b->text, a->text_size) == 0;
}

void match_values_free(struct match_values *values) {
    if (values->text != NULL) {
        secret_wipe(values->text, values->text_size);
    }
    free(values->text);
    *values = (struct match_values){0};
}

static const char *tier_text(const struct match_slot *slot) {
    return slot->sure ? "sure" : "similar";
}

void match_set_describe(const struct match_set *set, struct buf *out) {
    for (size_t i = 0; i < set->slot_count; i++) {
        buf_printf(out, "%s %s:", set->slots[i].name, tier_text(&set->slots[i]));
        for (size_t j = 0; j < COMPONENTS_MAX && set->rules[i].components[j] != NULL; j++) {
            buf_printf(out, "%s %s", j == 0 ? "" : ";", set->rules[i].components[j]->name);
        }
        buf_put_str(out, "\n");
    }
}

err_t match_set_write(const struct match_set *set, struct buf *out) {
    uint8_t digest[32];
    err_t err = match_set_digest(set, digest);
    if (err != OK) {
        return err;
    }
    buf_printf(out, "{\"key_set\": \"%s\", \"matching_digest\": \"", set->name);
    buf_put_hex(out, digest, sizeof(digest));
    buf_put_str(out, "\", \"slots\": [");
    for (size_t i = 0; i < set->slot_count; i++) {
        buf_printf(out, "%s{\"name\": \"%s\", \"tier\": \"%s\"}", i == 0 ? "" : ", ", set->slots[i].name,
                   tier_text(&set->slots[i]));
    }
    buf_put_str(out, "]}\n");
    return buf_check(out);
}
