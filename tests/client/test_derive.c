// SPDX-License-Identifier: Apache-2.0
#include "client/derive.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/evaluation.h"
#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

#define MANY 700 // three batches

static struct fake_scheme scheme;
static struct derive *derive;
static struct pool *pool;
static struct transport transport;
static uint8_t tokens[MANY][TOKEN_SIZE];
static char texts[MANY][16];
static struct derive_value values[MANY];

static void begin(size_t t, size_t n, size_t threads, size_t first_holder) {
    fake_scheme_make(&scheme, t, n);
    transport = fake_transport(&scheme);
    assert_ok(pool_new(threads, &pool));
    const struct derive_settings settings = {
        .descriptor = &scheme.descriptor, .transport = &transport, .pool = pool, .first_holder = first_holder};
    assert_ok(derive_new(&settings, &derive));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(texts[i], sizeof texts[i], "value %zu", i);
        values[i] = (struct derive_value){.slot = i % 2 == 0 ? "nhs" : "head_dob", .value = texts[i]};
    }
}

static err_t ask(size_t count) {
    return derive_tokens(derive, values, count, NULL, 0, (struct progress){0}, tokens);
}

static void assert_tokens(size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t expected[TOKEN_SIZE];
        fake_token(&scheme, values[i].slot, values[i].value, expected);
        cr_assert_arr_eq(tokens[i], expected, TOKEN_SIZE, "token %zu", i);
    }
}

static void assert_untouched(void) {
    static const uint8_t zero[MANY][TOKEN_SIZE];
    cr_assert_eq(memcmp(tokens, zero, sizeof tokens), 0, "a failure leaves its output alone");
}

static void end(void) {
    derive_free(derive);
    pool_free(pool);
    derive = NULL;
    pool = NULL;
    memset(tokens, 0, sizeof tokens);
}

TestSuite(derive, .fini = end);

Test(derive, gives_the_tokens_of_the_whole_key) {
    begin(2, 3, 0, 1);
    assert_ok(ask(5));
    assert_tokens(5);
    cr_assert_eq(scheme.runs, 1, "all holders are asked side by side");
}

Test(derive, asks_just_t_holders_while_all_is_well) {
    begin(2, 3, 0, 2);
    assert_ok(ask(5));
    cr_assert_eq(scheme.evaluations[0], 0);
    cr_assert_eq(scheme.evaluations[1], 1);
    cr_assert_eq(scheme.evaluations[2], 1);
}

Test(derive, works_with_one_holder_of_one_and_with_all_of_five) {
    begin(1, 1, 0, 1);
    assert_ok(ask(3));
    assert_tokens(3);
    end();
    begin(5, 5, 0, 4);
    assert_ok(ask(3));
    assert_tokens(3);
}

Test(derive, takes_replies_in_any_order) {
    begin(3, 5, 2, 4);
    scheme.backwards = true;
    assert_ok(ask(MANY));
    assert_tokens(MANY);
}

Test(derive, splits_many_values_into_batches_that_go_round_the_holders) {
    begin(2, 3, 2, 1);
    assert_ok(ask(MANY));
    assert_tokens(MANY);
    cr_assert_eq(scheme.elements, 2 * MANY, "each value is asked of exactly t holders");
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(scheme.evaluations[i], 2, "three batches to two holders each are two for each of three");
    }
}

Test(derive, works_the_same_without_threads) {
    begin(2, 3, 0, 3);
    assert_ok(ask(300));
    assert_tokens(300);
}

static struct evaluation_request seen; // the last that was sent

static void remember(void *ctx, struct http_exchange *exchanges, size_t count) {
    assert_ok(evaluation_request_read(exchanges[0].body, &seen));
    fake_transport(ctx).run(ctx, exchanges, count);
}

Test(derive, blinds_each_value_afresh) {
    begin(1, 1, 0, 1);
    transport.run = remember;
    values[1] = values[0];
    assert_ok(ask(2));
    cr_assert_arr_eq(tokens[0], tokens[1], TOKEN_SIZE);
    cr_assert_neq(memcmp(seen.elements[0], seen.elements[1], ELEMENT_SIZE), 0, "twice in one request");
    const struct evaluation_request before = seen;
    assert_ok(ask(2));
    cr_assert_neq(memcmp(seen.elements[0], before.elements[0], ELEMENT_SIZE), 0, "and again");
}

static const struct {
    enum fault fault;
    err_t err;
    const char *detail;
} faults[] = {
    {FAULT_ABSENT, ERR_NETWORK, "connection refused"},
    {FAULT_TLS, ERR_TLS, "certificate has expired"},
    {FAULT_REFUSES, ERR_DENIED, "not on the roster"},
    {FAULT_STALE, ERR_STALE, "another generation"},
    {FAULT_OTHER_KEY, ERR_PROOF, "its proof is not valid"},
    {FAULT_BAD_PROOF, ERR_PROOF, "its proof is not valid"},
    {FAULT_OTHER_EPOCH, ERR_STALE, "another epoch or generation"},
    {FAULT_OTHER_GENERATION, ERR_STALE, "another epoch or generation"},
    {FAULT_AS_HOLDER_1, ERR_PROOF, "answered as another holder"},
    {FAULT_FEWER, ERR_PROOF, "another number of elements"},
    {FAULT_GARBAGE, ERR_INPUT, "unreadable reply"},
};
#define FAULTS (sizeof faults / sizeof faults[0])

Test(derive, puts_a_spare_holder_in_the_place_of_any_that_fails) {
    for (size_t i = 0; i < FAULTS; i++) {
        begin(2, 3, 0, 1);
        scheme.faults[1] = faults[i].fault;
        assert_ok(ask(5));
        assert_tokens(5);
        cr_assert_eq(scheme.evaluations[2], 1, "the spare one, fault %zu", i);
        cr_assert_eq(scheme.runs, 2);
        assert_refused(derive_holder_state(derive, 2), faults[i].err, faults[i].detail);
        assert_ok(derive_holder_state(derive, 1));
        assert_ok(derive_holder_state(derive, 3));
        cr_assert_eq(derive_common_cause(derive), faults[i].err);
        end();
    }
}

Test(derive, refuses_when_too_few_are_left_and_says_why) {
    for (size_t i = 0; i < FAULTS; i++) {
        begin(2, 3, 0, 1);
        scheme.faults[1] = FAULT_ABSENT;
        scheme.faults[2] = faults[i].fault;
        assert_refused(ask(5), ERR_UNAVAILABLE, "2 of the 3 key holders are needed, and too few are left");
        cr_assert_not_null(strstr(err_detail(), "holder 2: connection refused"));
        cr_assert_not_null(strstr(err_detail(), faults[i].detail));
        assert_untouched();
        end();
    }
}

Test(derive, refuses_many_values_as_well_when_too_few_are_left) {
    begin(2, 3, 2, 1);
    scheme.faults[0] = FAULT_BAD_PROOF;
    scheme.faults[2] = FAULT_OTHER_KEY;
    assert_refused(ask(MANY), ERR_UNAVAILABLE, "its proof is not valid");
    cr_assert_eq(derive_common_cause(derive), ERR_PROOF);
    assert_untouched();
}

Test(derive, never_asks_a_false_holder_again) {
    begin(2, 3, 0, 1);
    scheme.faults[0] = FAULT_OTHER_KEY;
    assert_ok(ask(5));
    assert_ok(ask(5));
    assert_tokens(5);
    cr_assert_eq(scheme.evaluations[0], 1);
    scheme.faults[1] = FAULT_ABSENT;
    assert_refused(ask(5), ERR_UNAVAILABLE, "holder 1: its proof is not valid");
    cr_assert_eq(scheme.evaluations[0], 1);
    cr_assert_eq(derive_common_cause(derive), ERR_UNAVAILABLE, "the reasons differ");
}

Test(derive, asks_an_absent_holder_again_only_when_there_are_too_few_others) {
    begin(2, 3, 0, 1);
    scheme.faults[0] = FAULT_ABSENT;
    assert_ok(ask(5));
    assert_ok(ask(5));
    cr_assert_eq(scheme.evaluations[0], 1, "the other two are enough");
    scheme.faults[0] = FAULT_NONE;
    scheme.faults[1] = FAULT_ABSENT;
    assert_ok(ask(5));
    assert_tokens(5);
    cr_assert_eq(scheme.evaluations[0], 2, "it is back");
    assert_ok(derive_holder_state(derive, 1));
}

Test(derive, survives_a_holder_that_begins_to_lie_in_the_middle) {
    begin(2, 3, 2, 1);
    scheme.fault_later[1] = FAULT_BAD_PROOF;
    assert_ok(ask(MANY));
    assert_tokens(MANY);
    assert_refused(derive_holder_state(derive, 2), ERR_PROOF, "its proof is not valid");
}

Test(derive, runs_other_exchanges_beside_the_first_requests) {
    begin(2, 3, 0, 1);
    struct http_exchange beside = {.base = scheme.descriptor.indexes[0], .path = "/v1/scheme"};
    assert_ok(derive_tokens(derive, values, 300, &beside, 1, (struct progress){0}, tokens));
    assert_tokens(300);
    cr_assert_eq(beside.err, OK);
    cr_assert_gt(beside.reply.len, 0);
    cr_assert_eq(scheme.scheme_requests, 1, "once, however many batches there are");
    buf_free(&beside.reply);
}

Test(derive, runs_other_exchanges_even_when_the_holders_fail) {
    begin(2, 2, 0, 1);
    scheme.faults[1] = FAULT_ABSENT;
    struct http_exchange beside = {.base = scheme.descriptor.indexes[0], .path = "/v1/scheme"};
    assert_refused(derive_tokens(derive, values, 5, &beside, 1, (struct progress){0}, tokens), ERR_UNAVAILABLE,
                   "holder 2: connection refused");
    cr_assert_gt(beside.reply.len, 0);
    buf_free(&beside.reply);
}

static void count_progress(void *ctx, size_t done, size_t total) {
    size_t *last = ctx;
    cr_assert_gt(done, *last, "progress only grows");
    cr_assert_eq(total, MANY);
    *last = done;
}

Test(derive, reports_progress_up_to_the_end) {
    begin(2, 3, 2, 1);
    size_t last = 0;
    assert_ok(derive_tokens(derive, values, MANY, NULL, 0, (struct progress){count_progress, &last}, tokens));
    cr_assert_eq(last, MANY);
}

Test(derive, refuses_an_empty_value_without_asking_anybody) {
    begin(2, 3, 0, 1);
    values[3].value = "";
    err_t err = ask(5);
    cr_assert_eq(err, ERR_INPUT);
    cr_assert_eq(scheme.runs, 0);
    assert_untouched();
}

Test(derive, refuses_a_first_holder_that_is_none) {
    begin(2, 3, 0, 1);
    struct derive *other = NULL;
    struct derive_settings settings = {.descriptor = &scheme.descriptor, .transport = &transport, .pool = pool};
    assert_refused(derive_new(&settings, &other), ERR_INPUT, "first holder");
    settings.first_holder = 4;
    assert_refused(derive_new(&settings, &other), ERR_INPUT, "first holder");
    cr_assert_null(other);
}

Test(derive, refuses_commitments_that_are_no_points) {
    begin(2, 3, 0, 1);
    struct derive *other = NULL;
    const struct derive_settings settings = {
        .descriptor = &scheme.descriptor, .transport = &transport, .pool = pool, .first_holder = 1};
    memset(scheme.descriptor.commitments[1], 0, ELEMENT_SIZE);
    assert_refused(derive_new(&settings, &other), ERR_PROOF, "the descriptor's commitments");
    cr_assert_null(other);
}
