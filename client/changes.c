// SPDX-License-Identifier: Apache-2.0
#include "client/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/change_list.h"
#include "client/record_tokens.h"
#include "proto/routes.h"

#define CHUNK 1024 // children that are derived together before they are sent

static void fail(const struct outcome *failure, struct change_outcome *outcome) {
    outcome->cause = failure->cause;
    outcome->answer = *failure;
    snprintf(outcome->detail, sizeof outcome->detail, "%s", failure->detail);
}

static void fail_all(const struct outcome *failure, struct change_outcome *outcomes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        fail(failure, &outcomes[i]);
    }
}

err_t changes_post(struct session *session, const struct involvement_request *request, struct involvement_reply *out) {
    struct buf body = {0}, reply = {0};
    err_t err = involvement_request_write(request, &body);
    if (err == OK) {
        err = session_post(session, ROUTE_INVOLVEMENTS, buf_bytes(&body), &reply);
    }
    if (err == OK) {
        err = involvement_reply_read(buf_bytes(&reply), out);
    }
    if (err == OK && (out->count != request->count || (request->ask && out->answers.count != request->count))) {
        err = err_set(ERR_UNAVAILABLE, "the index answered for another number of changes");
    }
    if (err == OK) {
        err = session_check_store(session, out->answers.store_id);
    }
    buf_free(&reply);
    buf_free(&body);
    return err;
}

// A child is done when one of its records was; among those, what changed something says more than what did not.
static enum change_result stronger_result(enum change_result a, enum change_result b) {
    if (a == RESULT_NOT_FOUND || (a == RESULT_UNCHANGED && b != RESULT_NOT_FOUND)) {
        return b;
    }
    return a;
}

static void take_results(const struct change_list *list, size_t first, const struct involvement_request *request,
                         const struct involvement_reply *reply, struct change_outcome *outcomes) {
    for (size_t i = 0; i < request->count; i++) {
        struct change_outcome *outcome = &outcomes[list->owner[first + i]];
        outcome->result = stronger_result(outcome->result, reply->results[i]);
        if (request->ask) {
            struct outcome *answer = &outcome->answer;
            answer->answer = answer_strongest(answer->answer, reply->answers.answers[i]);
            answer->asked_at = reply->answers.answered_at;
            memcpy(answer->reference, reply->answers.reference, sizeof answer->reference);
        }
    }
}

// How many changes go into the next request: whole children, unless one alone is larger than a request.
static size_t fitting(const struct change_list *list, size_t first) {
    size_t left = list->count - first;
    if (left <= MAX_CHILDREN) {
        return left;
    }
    size_t take = MAX_CHILDREN;
    while (take > 1 && list->owner[first + take] == list->owner[first + take - 1]) {
        take--;
    }
    return take > 1 ? take : MAX_CHILDREN;
}

static void describe_ask(const struct ask *ask, struct involvement_request *request) {
    request->ask = ask != NULL;
    if (ask != NULL) {
        request->purpose = ask->purpose;
        snprintf(request->on_behalf_of, sizeof request->on_behalf_of, "%s",
                 ask->on_behalf_of == NULL ? "" : ask->on_behalf_of);
    }
}

// False: the rest of the list was not sent, for the reason in *failure.
static bool send_list(struct session *session, const struct change_order *order, const struct change_list *list,
                      struct change_outcome *outcomes, struct outcome *failure) {
    struct involvement_request request = {.slots = session->descriptor.slot_count, .epochs = session_epochs(session)};
    struct involvement_reply reply;
    describe_ask(order->ask, &request);
    for (size_t first = 0; first < list->count; first += request.count) {
        request.changes = list->changes + first;
        request.count = fitting(list, first);
        err_t err = changes_post(session, &request, &reply);
        if (err != OK) {
            outcome_of_index(err, failure);
            for (size_t i = first; i < list->count; i++) {
                fail(failure, &outcomes[list->owner[i]]);
            }
            return false;
        }
        take_results(list, first, &request, &reply, outcomes);
    }
    return true;
}

// Some of the children, with the tokens of their records.
struct chunk {
    const struct caseload_child *children, *was;
    size_t count;
    struct change_outcome *outcomes;
    struct token_set *tokens; // of the children, then of what they were
    size_t records, old_records;
};

// Old and new details are derived in one go.
static err_t chunk_tokens(struct session *session, struct chunk *chunk, struct progress progress) {
    chunk->records = record_count(chunk->children, chunk->count);
    chunk->old_records = chunk->was == NULL ? 0 : record_count(chunk->was, chunk->count);
    chunk->tokens = calloc(chunk->records + chunk->old_records, sizeof *chunk->tokens);
    struct caseload_child *all = calloc(2 * chunk->count, sizeof *all);
    err_t err = ERR_MEMORY;
    if (chunk->tokens == NULL || all == NULL) {
        err = err_set(ERR_MEMORY, "no memory for %zu children", chunk->count);
    } else {
        memcpy(all, chunk->children, chunk->count * sizeof *all);
        if (chunk->was != NULL) {
            memcpy(all + chunk->count, chunk->was, chunk->count * sizeof *all);
        }
        err = record_tokens(session, all, (chunk->was == NULL ? 1 : 2) * chunk->count, progress, chunk->tokens);
    }
    free(all);
    return err;
}

static void chunk_free(struct chunk *chunk) {
    if (chunk->tokens != NULL) {
        secret_wipe(chunk->tokens, (chunk->records + chunk->old_records) * sizeof *chunk->tokens);
    }
    free(chunk->tokens);
}

static bool send_made(struct session *session, const struct change_order *order, struct chunk *chunk, err_t made,
                      struct change_list *list, struct outcome *failure) {
    if (made != OK) {
        outcome_of_setup(made, failure);
        fail_all(failure, chunk->outcomes, chunk->count);
        return false;
    }
    bool sent = send_list(session, order, list, chunk->outcomes, failure);
    change_list_free(list);
    return sent;
}

static bool send_chunk(struct session *session, const struct change_order *order, struct chunk *chunk,
                       struct outcome *failure) {
    struct child_tokens now = {chunk->children, chunk->count, chunk->tokens};
    struct child_tokens was = {chunk->was, chunk->count, chunk->tokens + chunk->records};
    struct change_list list = {0};
    err_t made = change_list_make(order, &now, chunk->was == NULL ? NULL : &was, &list);
    bool sent = send_made(session, order, chunk, made, &list, failure);
    if (sent && chunk->was != NULL) {
        made = change_list_aliases(order, &now, chunk->outcomes, &list);
        sent = send_made(session, order, chunk, made, &list, failure);
    }
    return sent;
}

static bool index_ready(struct session *session, const struct change_order *order, struct outcome *failure) {
    if (order->ask != NULL) {
        return questions_canaries(session, failure);
    }
    err_t err = session_need_index(session);
    if (err != OK) {
        outcome_of_index(err, failure);
    }
    return err == OK;
}

static bool change_chunk(struct session *session, const struct change_order *order, struct chunk *chunk,
                         struct progress progress, struct outcome *failure) {
    err_t err = chunk_tokens(session, chunk, progress);
    if (err != OK) {
        outcome_of_holders(err, session->derive, failure);
    }
    if (err == OK && index_ready(session, order, failure)) {
        session_lay_out(session, chunk->tokens, chunk->records + chunk->old_records);
        return send_chunk(session, order, chunk, failure);
    }
    fail_all(failure, chunk->outcomes, chunk->count);
    return false;
}

void changes_send(struct session *session, const struct change_order *order, const struct caseload_child *children,
                  const struct caseload_child *was, size_t count, struct progress progress,
                  struct change_outcome *outcomes) {
    for (size_t i = 0; i < count; i++) {
        outcomes[i] = (struct change_outcome){.result = RESULT_NOT_FOUND};
    }
    bool sent = true;
    struct outcome failure;
    for (size_t first = 0, size = 0; first < count; first += size) {
        size = count - first < CHUNK ? count - first : CHUNK;
        struct child_progress inner = {progress, first, size, count};
        struct chunk chunk = {.children = children + first,
                              .was = was == NULL ? NULL : was + first,
                              .count = size,
                              .outcomes = outcomes + first};
        if (sent) {
            sent = change_chunk(session, order, &chunk, child_progress(&inner), &failure);
            chunk_free(&chunk);
        } else {
            fail_all(&failure, chunk.outcomes, size);
        }
    }
}
