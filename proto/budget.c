// SPDX-License-Identifier: Apache-2.0
#include "proto/budget.h"

#include <string.h>

#include "base/json.h"
#include "proto/urn.h"
#include "proto/words.h"

#define SECONDS_A_DAY 86400
#define LIMIT_UNNAMED UINT64_MAX

static const char *const limit_words[LIMIT_COUNT] = {
    [LIMIT_CHILDREN_HOUR] = "children_hour",       [LIMIT_CHILDREN_DAY] = "children_day",
    [LIMIT_QUESTIONS_DAY] = "questions_day",       [LIMIT_NO_DAY] = "no_day",
    [LIMIT_UNREGISTERED_DAY] = "unregistered_day", [LIMIT_RESERVE_DAY] = "reserve_day",
    [LIMIT_ELEMENTS_HOUR] = "elements_hour",       [LIMIT_ELEMENTS_DAY] = "elements_day",
};
static const struct words limit_table = {limit_words, LIMIT_COUNT, sizeof "unregistered_day" - 1};

const char *limit_text(enum limit limit) {
    return limit_words[limit];
}

err_t limit_parse(const char *text, enum limit *out) {
    size_t row;
    err_t err = words_find(&limit_table, text, &row);
    if (err == OK) {
        *out = (enum limit)row;
    }
    return err;
}

void limits_of_settings(const int64_t values[LIMIT_COUNT], struct limits *out) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        out->of[i] = (uint32_t)values[i];
    }
}

bool limits_any(const struct limits *limits) {
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (limits->of[i] != 0) {
            return true;
        }
    }
    return false;
}

err_t limits_read(const json_t *object, struct limits *out) {
    uint64_t values[LIMIT_COUNT];
    struct json_field fields[LIMIT_COUNT];
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        values[i] = LIMIT_UNNAMED;
        fields[i] = (struct json_field){limit_words[i], JSON_FIELD_NUMBER, false, LIMIT_MAX, &values[i]};
    }
    err_t err = json_read(object, fields, LIMIT_COUNT);
    struct limits read = {0};
    for (size_t i = 0; err == OK && i < LIMIT_COUNT; i++) {
        if (values[i] == 0) {
            err = err_set(ERR_INPUT, "field \"%s\": must be 1 or more", limit_words[i]);
        }
        read.of[i] = values[i] == LIMIT_UNNAMED ? 0 : (uint32_t)values[i];
    }
    if (err == OK && !limits_any(&read)) {
        err = err_set(ERR_INPUT, "must name at least one limit");
    }
    if (err != OK) {
        return err_prefix(err, "field \"limits\"");
    }
    *out = read;
    return OK;
}

err_t allowance_check_span(const struct allowance *allowance) {
    if (allowance->elements_day == 0) {
        return err_set(ERR_INPUT, "field \"allowance\": field \"elements_day\": must be 1 or more");
    }
    if (allowance->from >= allowance->until ||
        allowance->until - allowance->from > ALLOWANCE_DAYS_MAX * SECONDS_A_DAY) {
        return err_set(ERR_INPUT, "field \"allowance\": must last, and no longer than %d days", ALLOWANCE_DAYS_MAX);
    }
    return OK;
}

err_t allowance_check(const struct allowance *allowance) {
    err_t err = allowance_check_span(allowance);
    if (err != OK) {
        return err;
    }
    if (!urn_id_valid(allowance->signers[0]) || !urn_id_valid(allowance->signers[1]) ||
        strcmp(allowance->signers[0], allowance->signers[1]) == 0) {
        return err_set(ERR_INPUT, "field \"allowance\": field \"signers\": must be two administrators");
    }
    return OK;
}

static err_t signer_read(const json_t *array, size_t index, char out[MAX_ID + 1]) {
    const char *text = json_string_value(json_array_get(array, index));
    if (text == NULL || !urn_id_valid(text)) {
        return err_set(ERR_INPUT, "signers[%zu]: must be an administrator's id", index);
    }
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

err_t allowance_read(const json_t *object, struct allowance *out) {
    struct allowance read = {0};
    uint64_t elements = 0;
    uint64_t children = 0;
    json_t *signers = NULL;
    const struct json_field fields[] = {
        {"elements_day", JSON_FIELD_NUMBER, true, LIMIT_MAX, &elements},
        {"children_day", JSON_FIELD_NUMBER, false, LIMIT_MAX, &children},
        {"from", JSON_FIELD_TIME, true, 0, &read.from},
        {"until", JSON_FIELD_TIME, true, 0, &read.until},
        {"act", JSON_FIELD_HEX, true, sizeof read.act, read.act},
        {"signers", JSON_FIELD_ARRAY, true, 2, &signers},
    };
    err_t err = json_read(object, fields, sizeof fields / sizeof fields[0]);
    for (size_t i = 0; err == OK && i < 2; i++) {
        err = signer_read(signers, i, read.signers[i]);
    }
    if (err != OK) {
        return err_prefix(err, "field \"allowance\"");
    }
    read.elements_day = (uint32_t)elements;
    read.children_day = (uint32_t)children;
    err = allowance_check(&read);
    if (err == OK) {
        *out = read;
    }
    return err;
}

void terms_resolve(const struct terms *terms, const struct limits *defaults, int64_t now_s, struct limits *out) {
    const struct allowance *allowance = &terms->allowance;
    const struct {
        enum limit limit;
        uint32_t to;
    } raised[] = {
        {LIMIT_ELEMENTS_HOUR, allowance->elements_day},
        {LIMIT_ELEMENTS_DAY, allowance->elements_day},
        {LIMIT_CHILDREN_HOUR, allowance->children_day},
        {LIMIT_CHILDREN_DAY, allowance->children_day},
    };
    const bool lasts = now_s >= allowance->from && now_s < allowance->until;
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        out->of[i] = terms->limits.of[i] != 0 ? terms->limits.of[i] : defaults->of[i];
    }
    for (size_t i = 0; lasts && i < sizeof raised / sizeof raised[0]; i++) {
        uint32_t *limit = &out->of[raised[i].limit];
        *limit = *limit != 0 && *limit < raised[i].to ? raised[i].to : *limit; // 0: there is no such limit
    }
}
