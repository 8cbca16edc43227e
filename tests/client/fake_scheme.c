// SPDX-License-Identifier: Apache-2.0
#include "tests/client/fake_scheme.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "keys/oprf.h"
#include "keys/threshold.h"
#include "keys/token.h"
#include "proto/evaluation.h"
#include "proto/routes.h"
#include "proto/status.h"

#define must(call) cr_assert_eq((call), OK, "%s", err_detail())

static const uint8_t store_id[STORE_ID_SIZE] = "store of test 1";

size_t fake_slot(const char *slot) {
    const struct match_set *set = match_set_find("core");
    for (size_t i = 0; i < set->slot_count; i++) {
        if (strcmp(set->slots[i].name, slot) == 0) {
            return i;
        }
    }
    cr_assert_fail("no slot %s", slot);
    return 0;
}

void fake_token(const struct fake_scheme *scheme, const char *slot, const char *value, uint8_t out[TOKEN_SIZE]) {
    struct buf input = {0};
    uint8_t output[OPRF_OUTPUT_SIZE];
    must(token_input(scheme->descriptor.scheme, scheme->descriptor.epoch, slot, value, &input));
    must(oprf_evaluate(scheme->key, buf_bytes(&input), output));
    must(token_of_output(output, out));
    buf_free(&input);
}

static void describe(struct fake_scheme *scheme, size_t t, size_t n) {
    const struct match_set *set = match_set_find("core");
    struct descriptor *descriptor = &scheme->descriptor;
    snprintf(descriptor->scheme, sizeof descriptor->scheme, "demo");
    snprintf(descriptor->key_set, sizeof descriptor->key_set, "core");
    descriptor->version = 3;
    descriptor->issued = scheme->now_s - 86400;
    descriptor->expires = scheme->now_s + 100 * 86400;
    descriptor->epoch = 1;
    descriptor->generation = 2;
    descriptor->threshold = t;
    descriptor->holder_count = n;
    for (size_t i = 0; i < n; i++) {
        snprintf(descriptor->holders[i], sizeof descriptor->holders[i], "https://h%zu.example:8443", i + 1);
    }
    descriptor->index_count = 1;
    snprintf(descriptor->indexes[0], sizeof descriptor->indexes[0], "https://index.example:8443");
    must(match_set_digest(set, descriptor->matching_digest));
    descriptor->slot_count = set->slot_count;
    for (size_t i = 0; i < set->slot_count; i++) {
        struct descriptor_slot *slot = &descriptor->slots[i];
        snprintf(slot->name, sizeof slot->name, "%s", set->slots[i].name);
        slot->tier = set->slots[i].sure ? TIER_SURE : TIER_SIMILAR;
        snprintf(slot->canary_value, sizeof slot->canary_value, "99900000%02zu", i);
        fake_token(scheme, slot->name, slot->canary_value, slot->canary_token);
    }
}

void fake_scheme_make(struct fake_scheme *scheme, size_t t, size_t n) {
    const uint8_t seed[32] = "a seed of the tests";
    uint8_t public_key[ELEMENT_SIZE];
    struct threshold_commitments commitments;
    *scheme = (struct fake_scheme){.now_s = 1795000000, .index_descriptor_version = 3};
    must(secret_start());
    log_open("test", LOG_ERROR); // holders that fail are what these tests are about
    must(oprf_derive_key_pair(seed, bytes_str("tests"), scheme->key, public_key));
    must(threshold_deal(scheme->key, t, n, scheme->shares, &commitments));
    describe(scheme, t, n);
    memcpy(scheme->descriptor.commitments, commitments.points, t * ELEMENT_SIZE);
    scheme->whoami_s = scheme->now_s;
    for (size_t i = 0; i <= MAX_HOLDERS; i++) {
        scheme->roster_versions[i] = 7;
    }
}

void fake_refresh(struct fake_scheme *scheme) {
    struct descriptor *descriptor = &scheme->descriptor;
    struct threshold_commitments commitments;
    descriptor->has_previous = true;
    descriptor->previous = (struct descriptor_key){
        .epoch = descriptor->epoch, .generation = descriptor->generation, .until = scheme->now_s + 86400};
    memcpy(descriptor->previous.commitments, descriptor->commitments, sizeof descriptor->commitments);
    memcpy(scheme->shares_before, scheme->shares, sizeof scheme->shares);
    must(threshold_deal(scheme->key, descriptor->threshold, descriptor->holder_count, scheme->shares, &commitments));
    memcpy(descriptor->commitments, commitments.points, descriptor->threshold * ELEMENT_SIZE);
    descriptor->generation++;
    descriptor->version++;
}

void fake_involve(struct fake_scheme *scheme, const char *slot, const char *value, bool previous) {
    cr_assert_lt(scheme->row_count, FAKE_ROWS);
    struct fake_row *row = &scheme->rows[scheme->row_count++];
    fake_token(scheme, slot, value, row->token);
    row->sure = match_set_find("core")->slots[fake_slot(slot)].sure;
    row->previous = previous;
}

// --- the holders

static bool is_busy(struct fake_scheme *scheme, struct http_exchange *exchange) {
    exchange->put_off = scheme->busy_times > 0;
    if (exchange->put_off) {
        scheme->busy_times--;
        exchange->retry_after_ms = scheme->busy_ms;
        exchange->err = ERR_UNAVAILABLE;
        snprintf(exchange->detail, sizeof exchange->detail, "too busy");
    }
    return exchange->put_off;
}

static bool fails(struct fake_scheme *scheme, struct http_exchange *exchange, enum fault fault) {
    static const struct {
        enum fault fault;
        err_t err;
        const char *detail;
    } rows[] = {{FAULT_ABSENT, ERR_NETWORK, "connection refused"},
                {FAULT_TLS, ERR_TLS, "certificate has expired"},
                {FAULT_REFUSES, ERR_DENIED, "not on the roster"},
                {FAULT_STALE, ERR_STALE, "another generation"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].fault == fault) {
            exchange->err = rows[i].err;
            snprintf(exchange->detail, sizeof exchange->detail, "%s", rows[i].detail);
            return true;
        }
    }
    return fault == FAULT_BUSY && is_busy(scheme, exchange);
}

static void evaluate(const struct fake_scheme *scheme, size_t holder, enum fault fault,
                     const struct evaluation_request *request, struct evaluation_reply *reply) {
    uint8_t share[ELEMENT_SIZE], public_key[ELEMENT_SIZE];
    bool before = request->generation != scheme->descriptor.generation;
    memcpy(share, (before ? scheme->shares_before : scheme->shares)[fault == FAULT_AS_HOLDER_1 ? 0 : holder - 1],
           sizeof share);
    share[0] ^= fault == FAULT_OTHER_KEY ? 1 : 0;
    must(oprf_public_key(share, public_key));
    reply->holder = fault == FAULT_AS_HOLDER_1 ? 1 : holder;
    reply->epoch = request->epoch + (fault == FAULT_OTHER_EPOCH ? 1 : 0);
    reply->generation = request->generation + (fault == FAULT_OTHER_GENERATION ? 1 : 0);
    reply->count = request->count - (fault == FAULT_FEWER ? 1 : 0);
    must(oprf_blind_evaluate(share, public_key, (const uint8_t(*)[ELEMENT_SIZE])request->elements, reply->count, NULL,
                             reply->elements, reply->proof));
    reply->proof[5] ^= fault == FAULT_BAD_PROOF ? 1 : 0;
}

static void answer_evaluation(struct fake_scheme *scheme, size_t holder, enum fault fault,
                              struct http_exchange *exchange) {
    struct evaluation_request *request = calloc(1, sizeof *request);
    struct evaluation_reply *reply = calloc(1, sizeof *reply);
    must(evaluation_request_read(exchange->body, request));
    cr_assert_eq(request->epoch, scheme->descriptor.epoch);
    bool present = request->generation == scheme->descriptor.generation;
    cr_assert(present ||
              (scheme->descriptor.has_previous && request->generation == scheme->descriptor.previous.generation));
    scheme->elements += request->count;
    if (present && scheme->not_restarted[holder - 1]) {
        (void)fails(scheme, exchange, FAULT_STALE);
    } else if (fault == FAULT_GARBAGE) {
        buf_put_str(&exchange->reply, "{\"holder\": ");
    } else {
        evaluate(scheme, holder, fault, request, reply);
        must(evaluation_reply_write(reply, &exchange->reply));
    }
    free(request);
    free(reply);
}

static void answer_key(const struct fake_scheme *scheme, size_t holder, enum fault fault,
                       struct http_exchange *exchange) {
    struct key_reply key = {.holder = holder,
                            .epoch = scheme->descriptor.epoch,
                            .generation = scheme->descriptor.generation + (fault == FAULT_OTHER_GENERATION ? 1 : 0),
                            .threshold = scheme->descriptor.threshold,
                            .descriptor_version = scheme->descriptor.version,
                            .previous_until = scheme->descriptor.has_previous ? scheme->descriptor.previous.until : 0};
    snprintf(key.scheme, sizeof key.scheme, "%s", scheme->descriptor.scheme);
    must(oprf_public_key(scheme->shares[holder - 1], key.public_key));
    must(key_reply_write(&key, &exchange->reply));
}

static void answer_whoami(const struct fake_scheme *scheme, size_t daemon, struct http_exchange *exchange) {
    struct whoami whoami = {.identity = "urn:signpost:demo:agency:north",
                            .roles = 1,
                            .time = scheme->whoami_s,
                            .certificate_expires = scheme->now_s + 90 * 86400,
                            .entry_expires = scheme->now_s + 80 * 86400,
                            .roster_expires = scheme->now_s + 70 * 86400,
                            .roster_version = scheme->roster_versions[daemon],
                            .descriptor_version = scheme->index_descriptor_version};
    must(whoami_write(&whoami, &exchange->reply));
}

static void answer_holder(struct fake_scheme *scheme, size_t holder, struct http_exchange *exchange) {
    enum fault fault = scheme->faults[holder - 1];
    bool evaluation = strcmp(exchange->path, ROUTE_EVALUATIONS) == 0;
    if (evaluation && scheme->evaluations[holder - 1]++ > 0 && scheme->fault_later[holder - 1] != FAULT_NONE) {
        fault = scheme->fault_later[holder - 1];
    }
    if (fails(scheme, exchange, fault)) {
        return;
    }
    if (evaluation) {
        answer_evaluation(scheme, holder, fault, exchange);
    } else if (strcmp(exchange->path, ROUTE_KEY) == 0) {
        answer_key(scheme, holder, fault, exchange);
    } else {
        answer_whoami(scheme, holder - 1, exchange);
    }
}

// --- the index

static enum answer answer_for(const struct fake_scheme *scheme, const struct token_set *child) {
    bool yes = false, previously = false, possibly = false;
    static const uint8_t empty[TOKEN_SIZE];
    for (size_t slot = 0; slot < scheme->descriptor.slot_count; slot++) {
        const uint8_t *token = child->tokens[slot];
        bool set = memcmp(token, empty, TOKEN_SIZE) != 0;
        const struct descriptor_slot *own = &scheme->descriptor.slots[slot];
        if (set && !scheme->canaries_missing && memcmp(token, own->canary_token, TOKEN_SIZE) == 0) {
            yes = yes || own->tier == TIER_SURE;
            possibly = true;
        }
        for (size_t i = 0; set && i < scheme->row_count; i++) {
            const struct fake_row *row = &scheme->rows[i];
            if (memcmp(row->token, token, TOKEN_SIZE) == 0) {
                yes = yes || (row->sure && !row->previous);
                previously = previously || (row->sure && row->previous);
                possibly = true;
            }
        }
    }
    return yes ? ANSWER_YES : previously ? ANSWER_PREVIOUSLY : possibly ? ANSWER_POSSIBLY : ANSWER_NO;
}

static void head_of(const struct fake_scheme *scheme, struct answers *out) {
    memcpy(out->store_id, store_id, sizeof store_id);
    out->store_id[0] ^= scheme->other_store != scheme->new_store ? 1 : 0;
    snprintf(out->reference, sizeof out->reference, "7G2K9-QXM4T");
    out->answered_at = 1795000000;
}

static void answer_question(struct fake_scheme *scheme, struct http_exchange *exchange) {
    struct question question;
    struct answers answers = {0};
    must(question_read(exchange->body, scheme->descriptor.slot_count, &question));
    scheme->questions++;
    scheme->asked += question.count;
    scheme->purpose = question.purpose;
    memcpy(scheme->on_behalf_of, question.on_behalf_of, sizeof scheme->on_behalf_of);
    head_of(scheme, &answers);
    answers.count = question.count - (scheme->one_answer_less ? 1 : 0);
    for (size_t i = 0; i < answers.count; i++) {
        answers.answers[i] = answer_for(scheme, &question.children[i]);
    }
    question_free(&question);
    if (scheme->fail_question == scheme->questions) {
        exchange->err = ERR_UNAVAILABLE;
        snprintf(exchange->detail, sizeof exchange->detail, "the disk is full");
        return;
    }
    must(answers_write(&answers, &exchange->reply));
}

static enum change_result done(const struct change *change) {
    static const enum change_result results[ACTION_COUNT] = {[ACTION_OPEN] = RESULT_OPENED,
                                                             [ACTION_REPLACE] = RESULT_REPLACED,
                                                             [ACTION_RENEW] = RESULT_RENEWED,
                                                             [ACTION_CLOSE] = RESULT_CLOSED,
                                                             [ACTION_WITHDRAW] = RESULT_WITHDRAWN};
    return results[change->action];
}

static void answer_changes(struct fake_scheme *scheme, struct http_exchange *exchange) {
    struct involvement_request request;
    struct involvement_reply *reply = calloc(1, sizeof *reply);
    must(involvement_request_read(exchange->body, scheme->descriptor.slot_count, &request));
    scheme->change_requests++;
    head_of(scheme, &reply->answers);
    reply->answers.count = request.ask ? request.count : 0;
    reply->count = request.count;
    for (size_t i = 0; i < request.count; i++) {
        cr_assert_lt(scheme->change_count, FAKE_CHANGES);
        scheme->changes[scheme->change_count++] = request.changes[i];
        reply->results[i] = (scheme->decide == NULL ? done : scheme->decide)(&request.changes[i]);
        reply->answers.answers[i] = answer_for(scheme, &request.changes[i].tokens);
    }
    scheme->purpose = request.ask ? request.purpose : PURPOSE_COUNT;
    must(involvement_reply_write(reply, &exchange->reply));
    involvement_request_free(&request);
    free(reply);
}

static void answer_scheme(struct fake_scheme *scheme, struct http_exchange *exchange) {
    struct scheme_status status = {.epochs = token_epoch(scheme->descriptor.epoch + (scheme->other_epoch ? 1 : 0)),
                                   .generation = 2,
                                   .descriptor_version = 3,
                                   .feeds_fresh = 2,
                                   .feeds_total = 3,
                                   .feeds_as_of = 1794960000};
    snprintf(status.scheme, sizeof status.scheme, "%s", scheme->descriptor.scheme);
    memcpy(status.store_id, store_id, sizeof store_id);
    status.store_id[0] ^= scheme->new_store ? 1 : 0;
    scheme->scheme_requests++;
    must(scheme_status_write(&status, &exchange->reply));
}

static void answer_index(struct fake_scheme *scheme, struct http_exchange *exchange) {
    if (fails(scheme, exchange, scheme->index_fault)) {
        return;
    }
    if (strcmp(exchange->path, ROUTE_QUESTIONS) == 0) {
        answer_question(scheme, exchange);
    } else if (strcmp(exchange->path, ROUTE_INVOLVEMENTS) == 0) {
        answer_changes(scheme, exchange);
    } else if (strcmp(exchange->path, ROUTE_SCHEME) == 0) {
        answer_scheme(scheme, exchange);
    } else {
        answer_whoami(scheme, scheme->descriptor.holder_count, exchange);
    }
}

// --- the transport

static void answer(struct fake_scheme *scheme, struct http_exchange *exchange) {
    exchange->err = OK;
    exchange->reply = (struct buf){0};
    for (size_t i = 0; i < scheme->descriptor.holder_count; i++) {
        if (strcmp(exchange->base, scheme->descriptor.holders[i]) == 0) {
            answer_holder(scheme, i + 1, exchange);
            return;
        }
    }
    for (size_t i = 0; i < scheme->descriptor.index_count; i++) {
        if (strcmp(exchange->base, scheme->descriptor.indexes[i]) == 0) {
            answer_index(scheme, exchange);
            return;
        }
    }
    exchange->err = ERR_NETWORK;
    snprintf(exchange->detail, sizeof exchange->detail, "no such host");
}

static void run(void *ctx, struct http_exchange *exchanges, size_t count) {
    struct fake_scheme *scheme = ctx;
    scheme->runs++;
    scheme->widest = count > scheme->widest ? count : scheme->widest;
    for (size_t i = 0; i < count; i++) {
        answer(scheme, &exchanges[scheme->backwards ? count - 1 - i : i]);
    }
}

static bool wait_fake(void *ctx, int64_t ms) {
    struct fake_scheme *scheme = ctx;
    scheme->waits += scheme->no_time ? 0 : 1;
    scheme->waited_ms += scheme->no_time ? 0 : ms;
    return !scheme->no_time;
}

struct transport fake_transport(struct fake_scheme *scheme) {
    return (struct transport){.run = run, .wait = wait_fake, .ctx = scheme};
}

struct session *fake_session(struct fake_scheme *scheme) {
    struct session *session = NULL;
    must(session_make(&scheme->descriptor, fake_transport(scheme), &session));
    return session;
}

void fake_alias(struct caseload_child *child, const char *slot, const char *value) {
    child->records = reallocarray(child->records, child->record_count + 1, sizeof *child->records);
    cr_assert_not_null(child->records);
    struct caseload_record *record = &child->records[child->record_count++];
    *record = (struct caseload_record){.line = 2};
    for (size_t i = 0; i < MAX_SLOTS; i++) {
        record->values.value[i] = "";
    }
    record->values.text = strdup(value);
    record->values.text_size = strlen(value) + 1;
    record->values.value[fake_slot(slot)] = record->values.text;
    record->values.filled = 1;
}

void fake_child(struct caseload *out, const char *ref, const char *slot, const char *value) {
    *out = (struct caseload){.children = calloc(1, sizeof *out->children), .child_count = 1};
    cr_assert_not_null(out->children);
    out->children->ref = strdup(ref);
    out->children->entity = strdup("");
    fake_alias(out->children, slot, value);
}
