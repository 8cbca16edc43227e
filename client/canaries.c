// SPDX-License-Identifier: Apache-2.0
#include "client/canaries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/routes.h"

// The canary child of one slot and epoch has that token alone.
static void put_canaries(const struct session *session, struct token_set *out) {
    const struct descriptor *descriptor = &session->descriptor;
    const struct token_epochs epochs = session_epochs(session);
    size_t slots = descriptor->slot_count;
    memset(out, 0, slots * epochs.count * sizeof *out);
    for (size_t i = 0; i < slots * epochs.count; i++) {
        const struct descriptor *named = epochs.numbers[i / slots] == descriptor->epoch ? descriptor : &session->before;
        memcpy(out[i].tokens[i], named->slots[i % slots].canary_token, TOKEN_SIZE);
    }
}

static bool canaries_right(const struct descriptor *descriptor, const enum answer *answers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        enum tier tier = descriptor->slots[i % descriptor->slot_count].tier;
        if (answers[i] != (tier == TIER_SURE ? ANSWER_YES : ANSWER_POSSIBLY)) {
            return false;
        }
    }
    return true;
}

void guarded_begin(const struct session *session, struct guarded_question *question) {
    question->canaries = 0;
    if (!session->canaries_pass) {
        question->canaries = session->descriptor.slot_count * session_epochs(session).count;
        put_canaries(session, question->children);
    }
    question->count = question->canaries;
}

static err_t post_question(struct session *session, const struct question *question, struct answers *out) {
    struct buf body = {0}, reply = {0};
    err_t err = question_write(question, &body);
    if (err == OK) {
        err = session_post(session, ROUTE_QUESTIONS, buf_bytes(&body), &reply);
    }
    if (err == OK) {
        err = answers_read(buf_bytes(&reply), out);
    }
    if (err == OK && out->count != question->count) {
        err = err_set(ERR_UNAVAILABLE, "the index answered for another number of children");
    }
    if (err == OK) {
        err = session_check_store(session, out->store_id);
    }
    buf_free(&reply);
    buf_free(&body);
    return err;
}

err_t guarded_send(struct session *session, const struct ask *ask, struct guarded_question *question) {
    struct question whole = {.purpose = ask->purpose,
                             .slots = session->descriptor.slot_count,
                             .epochs = session_epochs(session),
                             .count = question->count,
                             .children = question->children};
    if (ask->on_behalf_of != NULL) {
        snprintf(whole.on_behalf_of, sizeof whole.on_behalf_of, "%s", ask->on_behalf_of);
    }
    return post_question(session, &whole, &question->answers);
}

bool guarded_believable(struct session *session, const struct guarded_question *question) {
    if (question->canaries > 0) {
        session->canaries_pass = canaries_right(&session->descriptor, question->answers.answers, question->canaries);
    }
    return session->canaries_pass;
}

void canaries_failed(const struct guarded_question *question, struct outcome *out) {
    outcome_of(CAUSE_CANARIES, "the index did not answer its test questions as it must", out);
    out->asked_at = question->answers.answered_at;
    memcpy(out->reference, question->answers.reference, sizeof out->reference);
}

static bool ask_canaries(struct session *session, struct guarded_question *question, struct outcome *failure) {
    guarded_begin(session, question);
    err_t err = guarded_send(session, &(struct ask){.purpose = PURPOSE_CANARY}, question);
    if (err != OK) {
        outcome_of_index(err, failure);
    } else if (!guarded_believable(session, question)) {
        canaries_failed(question, failure);
    }
    return session->canaries_pass;
}

bool questions_canaries(struct session *session, struct outcome *failure) {
    err_t err = session_need_index(session);
    if (err != OK) {
        outcome_of_index(err, failure);
        return false;
    }
    if (session->canaries_pass) {
        return true;
    }
    struct guarded_question *question = calloc(1, sizeof *question);
    if (question == NULL) {
        outcome_of_setup(err_set(ERR_MEMORY, "no memory for a question"), failure);
        return false;
    }
    bool pass = ask_canaries(session, question, failure);
    free(question);
    return pass;
}
