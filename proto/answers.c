// SPDX-License-Identifier: Apache-2.0
#include "proto/answers.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/noise.h"
#include "proto/words.h"

static const char *const answer_words[] = {
    [ANSWER_NO] = "no",
    [ANSWER_POSSIBLY] = "possibly",
    [ANSWER_PREVIOUSLY] = "previously",
    [ANSWER_YES] = "yes",
};
static const struct words answer_table = {answer_words, ANSWER_COUNT, sizeof "previously" - 1};

const char *answer_text(enum answer answer) {
    assert(answer < ANSWER_COUNT);
    return answer_words[answer];
}

err_t answer_parse(const char *text, enum answer *out) {
    size_t value;
    err_t err = words_find(&answer_table, text, &value);
    if (err == OK) {
        *out = (enum answer)value;
    }
    return err;
}

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
#define REFERENCE_HYPHEN 5

void reference_new(char out[REFERENCE_TEXT_SIZE]) {
    uint8_t random[REFERENCE_TEXT_SIZE];
    noise_fill(random, sizeof random);
    for (size_t i = 0; i < REFERENCE_TEXT_SIZE - 1; i++) {
        out[i] = crockford[random[i] & 31];
    }
    out[REFERENCE_HYPHEN] = '-';
    out[REFERENCE_TEXT_SIZE - 1] = '\0';
}

bool reference_valid(const char *text) {
    if (strlen(text) != REFERENCE_TEXT_SIZE - 1) {
        return false;
    }
    for (size_t i = 0; i < REFERENCE_TEXT_SIZE - 1; i++) {
        if (i == REFERENCE_HYPHEN ? text[i] != '-' : strchr(crockford, text[i]) == NULL) {
            return false;
        }
    }
    return true;
}

void answers_put_members(const struct answers *answers, struct buf *out) {
    assert(answers->count >= 1 && answers->count <= MAX_CHILDREN && reference_valid(answers->reference));
    char time[CLOCK_TEXT_SIZE];
    clock_format(answers->answered_at, time);
    buf_printf(out, "\"reference\":\"%s\",\"answered_at\":\"%s\",\"answers\":[", answers->reference, time);
    for (size_t i = 0; i < answers->count; i++) {
        if (i > 0) {
            buf_put(out, ",", 1);
        }
        words_put_padded(&answer_table, answers->answers[i], out);
    }
    buf_put(out, "]", 1);
}

err_t answers_write(const struct answers *answers, struct buf *out) {
    buf_put_str(out, "{\"store_id\":\"");
    buf_put_base64(out, answers->store_id, STORE_ID_SIZE);
    buf_put_str(out, "\",");
    answers_put_members(answers, out);
    buf_put_str(out, "}");
    return buf_check(out);
}

err_t answers_take_members(const char *reference, const json_t *array, struct answers *out) {
    if (!reference_valid(reference)) {
        return err_set(ERR_INPUT, "field \"reference\": must be of the form 7G2K9-QXM4T");
    }
    size_t count = json_array_size(array);
    if (count < 1 || count > MAX_CHILDREN) {
        return err_set(ERR_INPUT, "field \"answers\": must be 1 to %d", MAX_CHILDREN);
    }
    for (size_t i = 0; i < count; i++) {
        size_t value;
        err_t err = words_read(&answer_table, json_array_get(array, i), &value);
        if (err != OK) {
            return err_prefix(err, "answers[%zu]", i);
        }
        out->answers[i] = (enum answer)value;
    }
    memcpy(out->reference, reference, REFERENCE_TEXT_SIZE);
    out->count = count;
    return OK;
}

err_t answers_read(struct bytes text, struct answers *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct answers read = {0};
    const char *reference = NULL;
    json_t *array = NULL;
    const struct json_field fields[] = {
        {"store_id", JSON_FIELD_BASE64, true, STORE_ID_SIZE, read.store_id},
        {"reference", JSON_FIELD_TEXT, true, REFERENCE_TEXT_SIZE - 1, &reference},
        {"answered_at", JSON_FIELD_TIME, true, 0, &read.answered_at},
        {"answers", JSON_FIELD_ARRAY, true, MAX_CHILDREN, &array},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = answers_take_members(reference, array, &read);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}
