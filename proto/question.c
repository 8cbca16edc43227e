// SPDX-License-Identifier: Apache-2.0
#include "proto/question.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "proto/urn.h"
#include "proto/words.h"

static const char *const purpose_words[] = {
    [PURPOSE_EARLY_HELP] = "early-help",
    [PURPOSE_ASSESSMENT] = "assessment",
    [PURPOSE_SECTION_47] = "section-47",
    [PURPOSE_REFERRAL] = "referral",
    [PURPOSE_LOOKED_AFTER] = "looked-after",
    [PURPOSE_HEALTH_VISIT] = "health-visit",
    [PURPOSE_POLICE_REPORT] = "police-report",
    [PURPOSE_CASELOAD] = "caseload",
    [PURPOSE_CANARY] = "canary",
};
static const struct words purpose_table = {purpose_words, PURPOSE_COUNT, sizeof "police-report" - 1};

const char *purpose_text(enum purpose purpose) {
    assert(purpose < PURPOSE_COUNT);
    return purpose_words[purpose];
}

err_t purpose_parse(const char *text, enum purpose *out) {
    size_t value;
    err_t err = words_find(&purpose_table, text, &value);
    if (err == OK) {
        *out = (enum purpose)value;
    }
    return err;
}

static err_t person_check(const char *id) {
    if (!urn_id_valid(id)) {
        return err_set(ERR_INPUT, "field \"on_behalf_of\": must be an id of 1 to %d of a-z, 0-9 and -", MAX_ID);
    }
    return OK;
}

err_t question_take_members(const char *purpose, const char *on_behalf_of, enum purpose *out_purpose,
                            char out_on_behalf_of[MAX_ID + 1]) {
    err_t err = on_behalf_of != NULL ? person_check(on_behalf_of) : OK;
    if (err != OK) {
        return err;
    }
    err = purpose_parse(purpose, out_purpose);
    if (err != OK) {
        return err_prefix(err, "field \"purpose\"");
    }
    memset(out_on_behalf_of, 0, MAX_ID + 1);
    if (on_behalf_of != NULL) {
        memcpy(out_on_behalf_of, on_behalf_of, strlen(on_behalf_of));
    }
    return OK;
}

err_t question_check_members(enum purpose purpose, const char *on_behalf_of) {
    if (purpose >= PURPOSE_COUNT) {
        return err_set(ERR_INPUT, "field \"purpose\": unknown");
    }
    return on_behalf_of[0] != '\0' ? person_check(on_behalf_of) : OK;
}

void question_put_members(enum purpose purpose, const char *on_behalf_of, struct buf *out) {
    buf_printf(out, "\"purpose\":\"%s\"", purpose_text(purpose));
    if (on_behalf_of[0] != '\0') {
        buf_printf(out, ",\"on_behalf_of\":\"%s\"", on_behalf_of);
    }
}

static err_t question_check(const struct question *question) {
    assert(question->slots >= 1 && question->slots <= MAX_SLOTS);
    if (question->count < 1 || question->count > MAX_CHILDREN) {
        return err_set(ERR_INPUT, "field \"children\": must be 1 to %d", MAX_CHILDREN);
    }
    err_t err = token_epochs_check(&question->epochs);
    for (size_t i = 0; err == OK && i < question->count; i++) {
        if (token_set_empty(&question->children[i], question->slots * question->epochs.count)) {
            err = err_set(ERR_INPUT, "children[%zu]: no token", i);
        }
    }
    if (err != OK) {
        return err;
    }
    return question_check_members(question->purpose, question->on_behalf_of);
}

err_t question_write(const struct question *question, struct buf *out) {
    err_t err = question_check(question);
    if (err != OK) {
        return err;
    }
    buf_put(out, "{", 1);
    question_put_members(question->purpose, question->on_behalf_of, out);
    buf_put_str(out, ",");
    token_epochs_put(&question->epochs, out);
    buf_put_str(out, ",\"children\":[");
    for (size_t i = 0; i < question->count; i++) {
        if (i > 0) {
            buf_put(out, ",", 1);
        }
        token_set_put(&question->children[i], question->slots * question->epochs.count, out);
    }
    buf_put_str(out, "]}");
    return buf_check(out);
}

static err_t children_read(const json_t *array, struct question *question) {
    question->count = json_array_size(array);
    if (question->count < 1) {
        return err_set(ERR_INPUT, "field \"children\": must be 1 to %d", MAX_CHILDREN);
    }
    question->children = calloc(question->count, sizeof question->children[0]);
    if (question->children == NULL) {
        return err_set(ERR_MEMORY, "children");
    }
    for (size_t i = 0; i < question->count; i++) {
        err_t err =
            token_set_read(json_array_get(array, i), question->slots * question->epochs.count, &question->children[i]);
        if (err != OK) {
            return err_prefix(err, "children[%zu]", i);
        }
    }
    return OK;
}

err_t question_read(struct bytes text, size_t slots, struct question *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct question read = {.slots = slots};
    const char *purpose = NULL;
    const char *on_behalf_of = NULL;
    json_t *epochs = NULL, *children = NULL;
    const struct json_field fields[] = {
        {"purpose", JSON_FIELD_TEXT, true, MAX_ID, &purpose},
        {"on_behalf_of", JSON_FIELD_TEXT, false, MAX_ID, &on_behalf_of},
        {"epochs", JSON_FIELD_ARRAY, true, MAX_TOKEN_EPOCHS, &epochs},
        {"children", JSON_FIELD_ARRAY, true, MAX_CHILDREN, &children},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = question_take_members(purpose, on_behalf_of, &read.purpose, read.on_behalf_of);
    }
    if (err == OK) {
        err = token_epochs_read(epochs, &read.epochs);
    }
    if (err == OK) {
        err = children_read(children, &read);
    }
    if (err == OK) {
        *out = read;
    } else {
        question_free(&read);
    }
    json_decref(document);
    return err;
}

void question_free(struct question *question) {
    if (question != NULL) {
        free(question->children);
        *question = (struct question){0};
    }
}
