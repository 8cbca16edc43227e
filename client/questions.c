// SPDX-License-Identifier: Apache-2.0
#include "client/questions.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/canaries.h"
#include "client/record_tokens.h"

// Children that are derived together before they are asked: enough to keep all threads and holders at work.
#define CHUNK 2048

enum answer answer_strongest(enum answer a, enum answer b) {
    return a > b ? a : b; // the enum rises from no to yes
}

static bool is_identifier(const struct match_slot *slot) {
    return strcmp(slot->name, "nhs") == 0 || strcmp(slot->name, "upn") == 0;
}

bool child_without_identifier(const struct match_set *set, const struct caseload_child *child) {
    for (size_t slot = 0; slot < set->slot_count; slot++) {
        for (size_t i = 0; is_identifier(&set->slots[slot]) && i < child->record_count; i++) {
            if (child->records[i].values.value[slot][0] != '\0') {
                return false;
            }
        }
    }
    return true;
}

static void step_children(void *ctx, size_t done, size_t total) {
    const struct child_progress *progress = ctx;
    progress->outer.step(progress->outer.ctx, progress->before + progress->children * done / total, progress->total);
}

struct progress child_progress(struct child_progress *progress) {
    return (struct progress){.step = progress->outer.step == NULL ? NULL : step_children, .ctx = progress};
}

// Some of the children, laid out record by record.
struct chunk {
    const struct caseload_child *children;
    size_t count;
    struct outcome *outcomes;
    size_t records;
    struct token_set *tokens;
    size_t *owner; // record -> child
};

static void chunk_free(struct chunk *chunk) {
    if (chunk->tokens != NULL) {
        secret_wipe(chunk->tokens, chunk->records * sizeof *chunk->tokens);
    }
    free(chunk->tokens);
    free(chunk->owner);
}

static err_t chunk_lay_out(struct chunk *chunk) {
    chunk->records = record_count(chunk->children, chunk->count);
    chunk->tokens = calloc(chunk->records, sizeof *chunk->tokens);
    chunk->owner = calloc(chunk->records, sizeof *chunk->owner);
    if (chunk->tokens == NULL || chunk->owner == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu children", chunk->count);
    }
    for (size_t i = 0, at = 0; i < chunk->count; i++) {
        for (size_t r = 0; r < chunk->children[i].record_count; r++) {
            chunk->owner[at++] = i;
        }
    }
    return OK;
}

static void take_answers(struct chunk *chunk, size_t first, const struct guarded_question *question) {
    const struct answers *answers = &question->answers;
    for (size_t i = question->canaries; i < question->count; i++) {
        struct outcome *outcome = &chunk->outcomes[chunk->owner[first + i - question->canaries]];
        outcome->answer = answer_strongest(outcome->answer, answers->answers[i]);
        outcome->asked_at = answers->answered_at;
        memcpy(outcome->reference, answers->reference, sizeof outcome->reference);
    }
}

// Asks for records from `first` on, as many as one request holds; returns how many, or 0 with the reason in *failure.
static size_t ask_some(struct session *session, const struct ask *ask, struct chunk *chunk, size_t first,
                       struct guarded_question *question, struct outcome *failure) {
    guarded_begin(session, question);
    size_t room = MAX_CHILDREN - question->canaries;
    size_t take = chunk->records - first < room ? chunk->records - first : room;
    memcpy(question->children + question->canaries, chunk->tokens + first, take * sizeof *chunk->tokens);
    question->count += take;
    err_t err = guarded_send(session, ask, question);
    if (err != OK) {
        outcome_of_index(err, failure);
        return 0;
    }
    if (!guarded_believable(session, question)) {
        canaries_failed(question, failure);
        return 0;
    }
    take_answers(chunk, first, question);
    return take;
}

static bool ask_records(struct session *session, const struct ask *ask, struct chunk *chunk) {
    struct outcome failure;
    size_t first = 0, asked = 1;
    struct guarded_question *question = calloc(1, sizeof *question);
    if (question == NULL) {
        outcome_of_setup(err_set(ERR_MEMORY, "no memory for a question"), &failure);
        outcome_fill(&failure, chunk->outcomes, chunk->count);
        return false;
    }
    while (asked > 0 && first < chunk->records) {
        asked = ask_some(session, ask, chunk, first, question, &failure);
        first += asked;
    }
    if (asked == 0) { // a child of whom only a part was asked has no answer
        size_t child = chunk->owner[first];
        outcome_fill(&failure, chunk->outcomes + child, chunk->count - child);
    }
    secret_wipe(question, sizeof *question);
    free(question);
    return asked > 0;
}

static bool ask_chunk(struct session *session, const struct ask *ask, struct chunk *chunk, struct progress progress) {
    struct outcome failure;
    err_t err = record_tokens(session, chunk->children, chunk->count, progress, chunk->tokens);
    if (err != OK) {
        outcome_of_holders(err, session->derive, &failure);
    } else {
        err = session_need_index(session);
        if (err != OK) {
            outcome_of_index(err, &failure);
        }
    }
    if (err != OK) {
        outcome_fill(&failure, chunk->outcomes, chunk->count);
        return false;
    }
    session_lay_out(session, chunk->tokens, chunk->records);
    return ask_records(session, ask, chunk);
}

static bool ask_children(struct session *session, const struct ask *ask, struct chunk *chunk,
                         struct progress progress) {
    bool asked = false;
    err_t err = chunk_lay_out(chunk);
    if (err == OK) {
        asked = ask_chunk(session, ask, chunk, progress);
    } else {
        struct outcome failure;
        outcome_of_setup(err, &failure);
        outcome_fill(&failure, chunk->outcomes, chunk->count);
    }
    chunk_free(chunk);
    return asked;
}

void questions_ask(struct session *session, const struct ask *ask, const struct caseload_child *children, size_t count,
                   struct progress progress, struct outcome *outcomes) {
    memset(outcomes, 0, count * sizeof *outcomes);
    for (size_t first = 0, size = 0; first < count; first += size) {
        size = count - first < CHUNK ? count - first : CHUNK;
        struct child_progress inner = {progress, first, size, count};
        struct chunk chunk = {.children = children + first, .count = size, .outcomes = outcomes + first};
        if (!ask_children(session, ask, &chunk, child_progress(&inner))) {
            size_t next = first + size; // the last child of the chunk has the reason
            outcome_fill(&outcomes[next - 1], outcomes + next, count - next);
            return;
        }
    }
}
