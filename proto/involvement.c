// SPDX-License-Identifier: Apache-2.0
#include "proto/involvement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "proto/words.h"

static const char *const action_words[] = {
    [ACTION_OPEN] = "open",   [ACTION_REPLACE] = "replace",   [ACTION_RENEW] = "renew",
    [ACTION_CLOSE] = "close", [ACTION_WITHDRAW] = "withdraw",
};
static const struct words action_table = {action_words, ACTION_COUNT, sizeof "withdraw" - 1};

// What an action may say beside its handle and its tokens.
static const struct {
    bool old_tokens; // must, rather than may
    bool status;
    bool quiet;
} allowed[] = {
    [ACTION_OPEN] = {.status = true, .quiet = true},
    [ACTION_REPLACE] = {.old_tokens = true, .quiet = true},
    [ACTION_RENEW] = {0},
    [ACTION_CLOSE] = {0},
    [ACTION_WITHDRAW] = {0},
};

enum { STATUS_CURRENT, STATUS_PREVIOUS, STATUS_COUNT };
static const char *const status_words[] = {[STATUS_CURRENT] = "current", [STATUS_PREVIOUS] = "previous"};
static const struct words status_table = {status_words, STATUS_COUNT, sizeof "previous" - 1};

static const char *const result_words[] = {
    [RESULT_OPENED] = "opened",       [RESULT_REPLACED] = "replaced",   [RESULT_RENEWED] = "renewed",
    [RESULT_CLOSED] = "closed",       [RESULT_WITHDRAWN] = "withdrawn", [RESULT_UNCHANGED] = "unchanged",
    [RESULT_NOT_FOUND] = "not-found",
};
static const struct words result_table = {result_words, RESULT_COUNT, sizeof "not-found" - 1};

const char *action_text(enum action action) {
    assert(action < ACTION_COUNT);
    return action_words[action];
}

const char *change_result_text(enum change_result result) {
    assert(result < RESULT_COUNT);
    return result_words[result];
}

static err_t change_check(const struct change *change, size_t slots) {
    if (change->action >= ACTION_COUNT) {
        return err_set(ERR_INPUT, "field \"action\": unknown");
    }
    if (change->previous && !allowed[change->action].status) {
        return err_set(ERR_INPUT, "field \"status\": not with %s", action_text(change->action));
    }
    if (change->quiet && !allowed[change->action].quiet) {
        return err_set(ERR_INPUT, "field \"quiet\": not with %s", action_text(change->action));
    }
    if (token_set_empty(&change->tokens, slots)) {
        return err_set(ERR_INPUT, "tokens: no token");
    }
    if (allowed[change->action].old_tokens && token_set_empty(&change->old_tokens, slots)) {
        return err_set(ERR_INPUT, "old_tokens: no token");
    }
    return OK;
}

// No change at all says that the agency's caseload is as the index has it; nothing could be asked with it.
static err_t count_check(const struct involvement_request *request) {
    size_t least = request->ask ? 1 : 0;
    if (request->count < least || request->count > MAX_CHILDREN) {
        return err_set(ERR_INPUT, "field \"changes\": must be %zu to %d", least, MAX_CHILDREN);
    }
    return OK;
}

static size_t width(const struct involvement_request *request) { // tokens of a record
    return request->slots * request->epochs.count;
}

static err_t request_check(const struct involvement_request *request) {
    assert(request->slots >= 1 && request->slots <= MAX_SLOTS);
    err_t counted = count_check(request);
    if (counted != OK) {
        return counted;
    }
    err_t epochs = token_epochs_check(&request->epochs);
    if (epochs != OK) {
        return epochs;
    }
    for (size_t i = 0; i < request->count; i++) {
        err_t err = change_check(&request->changes[i], width(request));
        if (err != OK) {
            return err_prefix(err, "changes[%zu]", i);
        }
    }
    return request->ask ? question_check_members(request->purpose, request->on_behalf_of) : OK;
}

static void change_put(const struct change *change, size_t slots, struct buf *out) {
    buf_put_str(out, "{\"action\":\"");
    buf_put_str(out, action_text(change->action));
    buf_put_str(out, "\",\"handle\":\"");
    buf_put_base64(out, change->handle, HANDLE_SIZE);
    buf_put_str(out, "\",\"tokens\":");
    token_set_put(&change->tokens, slots, out);
    if (allowed[change->action].old_tokens) {
        buf_put_str(out, ",\"old_tokens\":");
        token_set_put(&change->old_tokens, slots, out);
    }
    if (change->previous) {
        buf_put_str(out, ",\"status\":\"previous\"");
    }
    if (change->quiet) {
        buf_put_str(out, ",\"quiet\":true");
    }
    buf_put_str(out, "}");
}

err_t involvement_request_write(const struct involvement_request *request, struct buf *out) {
    err_t err = request_check(request);
    if (err != OK) {
        return err;
    }
    buf_put_str(out, "{");
    token_epochs_put(&request->epochs, out);
    buf_put_str(out, request->moved ? ",\"moved\":true,\"changes\":[" : ",\"changes\":[");
    for (size_t i = 0; i < request->count; i++) {
        if (i > 0) {
            buf_put(out, ",", 1);
        }
        change_put(&request->changes[i], width(request), out);
    }
    buf_put_str(out, "]");
    if (request->ask) {
        buf_put_str(out, ",\"question\":{");
        question_put_members(request->purpose, request->on_behalf_of, out);
        buf_put_str(out, "}");
    }
    buf_put_str(out, "}");
    return buf_check(out);
}

struct change_fields { // a change as it stands in the document; NULL: absent
    const char *action;
    json_t *tokens, *old_tokens;
    const char *status;
    bool has_quiet;
};

static err_t fields_check(const struct change_fields *fields, enum action action) {
    const char *name = action_text(action);
    if (fields->old_tokens != NULL && !allowed[action].old_tokens) {
        return err_set(ERR_INPUT, "field \"old_tokens\": not with %s", name);
    }
    if (fields->old_tokens == NULL && allowed[action].old_tokens) {
        return err_set(ERR_INPUT, "field \"old_tokens\": is missing, and %s needs it", name);
    }
    if (fields->status != NULL && !allowed[action].status) {
        return err_set(ERR_INPUT, "field \"status\": not with %s", name);
    }
    if (fields->has_quiet && !allowed[action].quiet) {
        return err_set(ERR_INPUT, "field \"quiet\": not with %s", name);
    }
    return OK;
}

static err_t change_take(const struct change_fields *fields, size_t slots, struct change *change) {
    size_t action = 0;
    size_t status = STATUS_CURRENT;
    err_t err = words_find(&action_table, fields->action, &action);
    if (err != OK) {
        return err_prefix(err, "field \"action\"");
    }
    err = fields_check(fields, (enum action)action);
    if (err != OK) {
        return err;
    }
    err = fields->status != NULL ? words_find(&status_table, fields->status, &status) : OK;
    if (err != OK) {
        return err_prefix(err, "field \"status\"");
    }
    err = token_set_read(fields->tokens, slots, &change->tokens);
    if (err != OK) {
        return err_prefix(err, "tokens");
    }
    err = fields->old_tokens != NULL ? token_set_read(fields->old_tokens, slots, &change->old_tokens) : OK;
    if (err != OK) {
        return err_prefix(err, "old_tokens");
    }
    change->action = (enum action)action;
    change->previous = status == STATUS_PREVIOUS;
    return OK;
}

static err_t change_read(const json_t *object, size_t slots, struct change *change) {
    struct change_fields read = {.has_quiet = json_object_get(object, "quiet") != NULL};
    const struct json_field fields[] = {
        {"action", JSON_FIELD_TEXT, true, MAX_ID, &read.action},
        {"handle", JSON_FIELD_BASE64, true, HANDLE_SIZE, change->handle},
        {"tokens", JSON_FIELD_ARRAY, true, MAX_TOKENS, &read.tokens},
        {"old_tokens", JSON_FIELD_ARRAY, false, MAX_TOKENS, &read.old_tokens},
        {"status", JSON_FIELD_TEXT, false, MAX_ID, &read.status},
        {"quiet", JSON_FIELD_BOOL, false, 0, &change->quiet},
    };
    err_t err = json_read(object, fields, sizeof fields / sizeof fields[0]);
    return err == OK ? change_take(&read, slots, change) : err;
}

static err_t changes_read(const json_t *array, struct involvement_request *request) {
    request->count = json_array_size(array);
    err_t counted = count_check(request);
    if (counted != OK) {
        return counted;
    }
    request->changes = calloc(request->count + 1, sizeof request->changes[0]);
    if (request->changes == NULL) {
        return err_set(ERR_MEMORY, "changes");
    }
    for (size_t i = 0; i < request->count; i++) {
        err_t err = change_read(json_array_get(array, i), width(request), &request->changes[i]);
        if (err != OK) {
            return err_prefix(err, "changes[%zu]", i);
        }
    }
    return OK;
}

static err_t ask_read(const json_t *object, struct involvement_request *request) {
    const char *purpose = NULL;
    const char *on_behalf_of = NULL;
    const struct json_field fields[] = {
        {"purpose", JSON_FIELD_TEXT, true, MAX_ID, &purpose},
        {"on_behalf_of", JSON_FIELD_TEXT, false, MAX_ID, &on_behalf_of},
    };
    err_t err = json_read(object, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = question_take_members(purpose, on_behalf_of, &request->purpose, request->on_behalf_of);
    }
    request->ask = true;
    return err == OK ? OK : err_prefix(err, "field \"question\"");
}

err_t involvement_request_read(struct bytes text, size_t slots, struct involvement_request *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct involvement_request read = {.slots = slots};
    json_t *epochs = NULL, *changes = NULL, *question = NULL;
    const struct json_field fields[] = {
        {"epochs", JSON_FIELD_ARRAY, true, MAX_TOKEN_EPOCHS, &epochs},
        {"moved", JSON_FIELD_BOOL, false, 0, &read.moved},
        {"changes", JSON_FIELD_ARRAY, true, MAX_CHILDREN, &changes},
        {"question", JSON_FIELD_OBJECT, false, 0, &question},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK && question != NULL) {
        err = ask_read(question, &read);
    }
    if (err == OK) {
        err = token_epochs_read(epochs, &read.epochs);
    }
    if (err == OK) {
        err = changes_read(changes, &read);
    }
    if (err == OK) {
        *out = read;
    } else {
        involvement_request_free(&read);
    }
    json_decref(document);
    return err;
}

void involvement_request_free(struct involvement_request *request) {
    if (request != NULL) {
        free(request->changes);
        *request = (struct involvement_request){0};
    }
}

err_t involvement_reply_write(const struct involvement_reply *reply, struct buf *out) {
    assert(reply->count <= MAX_CHILDREN);
    assert(reply->answers.count == 0 || reply->answers.count == reply->count);
    buf_put_str(out, "{\"store_id\":\"");
    buf_put_base64(out, reply->answers.store_id, STORE_ID_SIZE);
    buf_put_str(out, "\",\"results\":[");
    for (size_t i = 0; i < reply->count; i++) {
        if (i > 0) {
            buf_put(out, ",", 1);
        }
        words_put_padded(&result_table, reply->results[i], out);
    }
    buf_put_str(out, "]");
    if (reply->answers.count > 0) {
        buf_put(out, ",", 1);
        answers_put_members(&reply->answers, out);
    }
    buf_put_str(out, "}");
    return buf_check(out);
}

static err_t results_read(const json_t *array, struct involvement_reply *reply) {
    reply->count = json_array_size(array);
    for (size_t i = 0; i < reply->count; i++) {
        size_t value;
        err_t err = words_read(&result_table, json_array_get(array, i), &value);
        if (err != OK) {
            return err_prefix(err, "results[%zu]", i);
        }
        reply->results[i] = (enum change_result)value;
    }
    return OK;
}

// The three members that answer come together or not at all, and answer for every change.
static err_t answers_take(const char *reference, bool dated, const json_t *array, struct involvement_reply *reply) {
    if (reference == NULL && !dated && array == NULL) {
        return OK;
    }
    if (reference == NULL || !dated || array == NULL) {
        return err_set(ERR_INPUT, "reference, answered_at and answers: one is missing");
    }
    if (json_array_size(array) != reply->count) {
        return err_set(ERR_INPUT, "field \"answers\": not as many as results");
    }
    return answers_take_members(reference, array, &reply->answers);
}

err_t involvement_reply_read(struct bytes text, struct involvement_reply *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct involvement_reply read = {0};
    const char *reference = NULL;
    json_t *results = NULL;
    json_t *answers = NULL;
    const struct json_field fields[] = {
        {"store_id", JSON_FIELD_BASE64, true, STORE_ID_SIZE, read.answers.store_id},
        {"results", JSON_FIELD_ARRAY, true, MAX_CHILDREN, &results},
        {"reference", JSON_FIELD_TEXT, false, REFERENCE_TEXT_SIZE - 1, &reference},
        {"answered_at", JSON_FIELD_TIME, false, 0, &read.answers.answered_at},
        {"answers", JSON_FIELD_ARRAY, false, MAX_CHILDREN, &answers},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = results_read(results, &read);
    }
    if (err == OK) {
        err = answers_take(reference, json_object_get(document, "answered_at") != NULL, answers, &read);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}
