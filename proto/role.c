// SPDX-License-Identifier: Apache-2.0
#include "proto/role.h"

#include <assert.h>
#include <string.h>

#include "proto/words.h"

// Row i stands for the role 1 << i.
static const char *const role_words[] = {
    "agency", "practitioner", "auditor", "data-protection-officer", "administrator", "index",
};
static const struct words role_table = {role_words, ROLE_COUNT, sizeof "data-protection-officer" - 1};

err_t role_parse(const char *text, enum role *out) {
    size_t row;
    err_t err = words_find(&role_table, text, &row);
    if (err == OK) {
        *out = (enum role)(1U << row);
    }
    return err;
}

const char *role_text(enum role role) {
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if ((unsigned)role == 1U << i) {
            return role_words[i];
        }
    }
    assert(false); // not one role
    return "";
}

unsigned roles_of_kind(enum urn_kind kind) {
    static const unsigned table[] = {
        [URN_AGENCY] = ROLE_AGENCY,
        [URN_PERSON] = ROLE_PRACTITIONER | ROLE_AUDITOR | ROLE_DATA_PROTECTION_OFFICER,
        [URN_ADMINISTRATOR] = ROLE_ADMINISTRATOR | ROLE_AUDITOR | ROLE_DATA_PROTECTION_OFFICER,
        [URN_HOLDER] = 0,
        [URN_INDEX] = ROLE_INDEX,
    };
    assert(kind < sizeof table / sizeof table[0]);
    return table[kind];
}

err_t roles_read(const json_t *array, unsigned *out) {
    unsigned roles = 0;
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        size_t row;
        err_t err = words_read(&role_table, json_array_get(array, i), &row);
        if (err != OK) {
            return err_prefix(err, "roles[%zu]", i);
        }
        if ((roles & 1U << row) != 0) {
            return err_set(ERR_INPUT, "roles[%zu]: repeated", i);
        }
        roles |= 1U << row;
    }
    if (roles == 0) {
        return err_set(ERR_INPUT, "field \"roles\": must be at least one");
    }
    *out = roles;
    return OK;
}

json_t *roles_json(unsigned roles) {
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < ROLE_COUNT; i++) {
        if ((roles & 1U << i) != 0 && json_array_append_new(array, json_string(role_words[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}
