// SPDX-License-Identifier: Apache-2.0
#include "proto/allowance_act.h"

#include "base/json.h"

json_t *allowance_act_arguments(const struct urn *agency, const struct allowance *allowance) {
    char who[MAX_URN + 1];
    urn_format(agency, who);
    json_t *arguments =
        json_pack("{s:s, s:I, s:o, s:o}", "agency", who, "elements_day", (json_int_t)allowance->elements_day, "from",
                  json_time(allowance->from), "until", json_time(allowance->until));
    if (arguments != NULL && allowance->children_day > 0 &&
        json_object_set_new(arguments, "children_day", json_integer(allowance->children_day)) != 0) {
        json_decref(arguments);
        return NULL;
    }
    return arguments;
}

err_t allowance_act_read(const json_t *arguments, struct urn *agency, struct allowance *out) {
    struct allowance read = {0};
    const char *who = NULL;
    uint64_t elements = 0;
    uint64_t children = 0;
    const struct json_field fields[] = {
        {"agency", JSON_FIELD_TEXT, true, MAX_URN, &who},
        {"elements_day", JSON_FIELD_NUMBER, true, LIMIT_MAX, &elements},
        {"children_day", JSON_FIELD_NUMBER, false, LIMIT_MAX, &children},
        {"from", JSON_FIELD_TIME, true, 0, &read.from},
        {"until", JSON_FIELD_TIME, true, 0, &read.until},
    };
    err_t err = json_read(arguments, fields, sizeof fields / sizeof fields[0]);
    err = err != OK ? err : urn_parse(who, agency);
    if (err == OK && agency->kind != URN_AGENCY) {
        err = err_set(ERR_INPUT, "%s is not an agency", who);
    }
    read.elements_day = (uint32_t)elements;
    read.children_day = (uint32_t)children;
    err = err != OK ? err : allowance_check_span(&read);
    if (err != OK) {
        return err_prefix(err, "arguments");
    }
    *out = read;
    return OK;
}
