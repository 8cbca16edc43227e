// SPDX-License-Identifier: Apache-2.0
// The options of `ceremony roster` that set something in entries.
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/roster_action.h"

static err_t read_roles(const struct option_list *given, unsigned *out) {
    unsigned roles = 0;
    for (size_t i = 0; i < given->count; i++) {
        enum role role;
        err_t err = role_parse(given->items[i], &role);
        if (err != OK) {
            return err_prefix(err, "--role");
        }
        roles |= role;
    }
    *out = roles;
    return OK;
}

// A last day, to its end; "never" lifts the date.
static err_t read_date(const char *option, const char *given, int64_t *out) {
    char text[CLOCK_TEXT_SIZE + 8];
    if (given == NULL) {
        *out = ROSTER_KEEP;
        return OK;
    }
    if (strcmp(given, "never") == 0) {
        *out = 0;
        return OK;
    }
    (void)snprintf(text, sizeof text, "%.10sT00:00:00Z", given);
    if (strlen(given) != 10 || clock_parse(text, out) != OK || *out < 0) {
        return err_set(ERR_INPUT, "%s: must be a date like 2027-01-31, or never", option);
    }
    *out += DAY_S;
    return OK;
}

static err_t read_limit(const char *given, struct roster_settings *out) {
    char name[MAX_ID + 1] = "";
    const char *value = strchr(given, '=');
    enum limit limit;
    int64_t number = 0;
    if (value == NULL || (size_t)(value - given) >= sizeof name) {
        return err_set(ERR_INPUT, "--limit: must be NAME=NUMBER or NAME=default");
    }
    memcpy(name, given, (size_t)(value - given));
    err_t err = limit_parse(name, &limit);
    if (err == OK && strcmp(value + 1, "default") != 0) {
        err = number_parse(value + 1, 1, LIMIT_MAX, &number);
    }
    if (err != OK) {
        return err_prefix(err, "--limit");
    }
    out->limits.of[limit] = (uint32_t)number;
    out->limited[limit] = true;
    return OK;
}

err_t roster_read_settings(const struct change *change, struct roster_settings *out) {
    const struct roster_options *given = change->given;
    struct roster_settings read = {0};
    err_t err = read_roles(&given->roles, &read.roles);
    err = err != OK ? err : read_date("--vetting-until", given->vetting_until, &read.vetting_until);
    err = err != OK ? err : read_date("--training-until", given->training_until, &read.training_until);
    for (size_t i = 0; err == OK && i < given->limits.count; i++) {
        err = read_limit(given->limits.items[i], &read);
    }
    if (err != OK) {
        return err;
    }
    read.valid_until = given->entry_days > 0 ? change->now_s + given->entry_days * DAY_S : 0;
    *out = read;
    return OK;
}
