// SPDX-License-Identifier: Apache-2.0
// What is put off is sent again: by bounded waits, to the index and, where no other is left, to a key holder.
#include "client/backoff.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "client/questions.h"
#include "client/session.h"
#include "proto/routes.h"
#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"
#include "tests/proto/http_fixture.h"

static struct fake_scheme scheme;
static struct session *session;

static void begin(void) {
    fake_scheme_make(&scheme, 2, 3);
    session = fake_session(&scheme);
}

static void end(void) {
    session_free(session);
}

TestSuite(backoff, .init = begin, .fini = end);

Test(backoff, waits_longer_each_time_and_not_for_ever) {
    for (int run = 0; run < 100; run++) {
        struct backoff backoff = {0};
        int64_t total = 0;
        for (unsigned i = 0; i < BACKOFF_TRIES; i++) {
            int64_t full = (int64_t)BACKOFF_FIRST_MS << i, wait = backoff_next(&backoff, 0);
            cr_assert(wait >= full / 2 && wait <= full, "wait %u: %lld ms", i, (long long)wait);
            total += wait;
        }
        cr_assert_eq(backoff_next(&backoff, 0), -1);
        cr_assert_leq(total, BACKOFF_TOTAL_MS);
    }
}

Test(backoff, differs_between_clients) {
    struct backoff first = {0}, other = {0};
    int64_t wait = backoff_next(&first, 0);
    bool differs = false;
    for (int i = 0; i < 200 && !differs; i++) {
        other = (struct backoff){0};
        differs = backoff_next(&other, 0) != wait;
    }
    cr_assert(differs);
}

Test(backoff, is_never_sooner_than_the_server_says) {
    for (int run = 0; run < 100; run++) {
        struct backoff backoff = {0};
        cr_assert_geq(backoff_next(&backoff, 3000), 3000);
        cr_assert_geq(backoff_next(&backoff, 7000), 7000);
    }
}

Test(backoff, does_not_begin_what_takes_too_long) {
    struct backoff backoff = {0};
    cr_assert_eq(backoff_next(&backoff, BACKOFF_TOTAL_MS + 1), -1);
    cr_assert_eq(backoff.tries, 0);
    cr_assert_geq(backoff_next(&backoff, 15000), 15000);
    cr_assert_eq(backoff_next(&backoff, 15000), -1);
}

static struct outcome asked(void) {
    struct caseload child;
    struct outcome outcome;
    fake_child(&child, "case-1", "nhs", "9990000115");
    const struct ask ask = {.purpose = PURPOSE_ASSESSMENT};
    questions_ask(session, &ask, child.children, 1, (struct progress){0}, &outcome);
    caseload_free(&child);
    return outcome;
}

Test(backoff, a_busy_index_is_asked_again) {
    scheme.index_fault = FAULT_BUSY;
    scheme.busy_times = 3;
    scheme.busy_ms = 2000;
    struct outcome outcome = asked();
    cr_assert_eq(outcome.cause, CAUSE_NONE, "%s", outcome.detail);
    cr_assert_gt(scheme.waits, 0);
    cr_assert_geq(scheme.waited_ms, 2000 * (int64_t)scheme.waits);
    cr_assert_eq(scheme.questions, 1);
}

Test(backoff, an_index_that_stays_busy_is_given_up_and_its_silence_is_no_no) {
    scheme.index_fault = FAULT_BUSY;
    scheme.busy_times = 1000;
    struct outcome outcome = asked();
    cr_assert_eq(outcome.cause, CAUSE_INDEX);
    cr_assert_str_eq(outcome.detail, "too busy");
    cr_assert_eq(scheme.waits, BACKOFF_TRIES);
    cr_assert_leq(scheme.waited_ms, BACKOFF_TOTAL_MS);
}

Test(backoff, nothing_is_waited_for_beyond_the_callers_time) {
    scheme.index_fault = FAULT_BUSY;
    scheme.busy_times = 1000;
    scheme.no_time = true;
    cr_assert_eq(asked().cause, CAUSE_INDEX);
    scheme.no_time = false;
    scheme.busy_ms = 3600000;
    cr_assert_eq(asked().cause, CAUSE_INDEX);
    cr_assert_eq(scheme.waits, 0);
}

Test(backoff, what_was_refused_is_not_repeated) {
    scheme.index_fault = FAULT_REFUSES;
    cr_assert_eq(asked().cause, CAUSE_DENIED);
    cr_assert_eq(scheme.waits, 0);
}

Test(backoff, a_busy_holder_is_no_reason_to_wait_while_another_is_free) {
    scheme.faults[0] = FAULT_BUSY;
    scheme.busy_times = 1000;
    struct outcome outcome = asked();
    cr_assert_eq(outcome.cause, CAUSE_NONE, "%s", outcome.detail);
    cr_assert_eq(scheme.waits, 0);
}

Test(backoff, a_busy_holder_is_asked_again_where_no_other_is_left) {
    scheme.faults[0] = FAULT_BUSY;
    scheme.faults[1] = FAULT_ABSENT;
    scheme.busy_times = 2;
    scheme.busy_ms = 500;
    struct outcome outcome = asked();
    cr_assert_eq(outcome.cause, CAUSE_NONE, "%s", outcome.detail);
    cr_assert_eq(scheme.waits, 2);
    cr_assert_geq(scheme.waited_ms, 1000);
    scheme.busy_times = 1000;
    cr_assert_eq(asked().cause, CAUSE_HOLDERS);
    cr_assert_leq(scheme.waits, 2 + BACKOFF_TRIES);
}

// The whole way once: a real server, real HTTP, real time.
Test(backoff, a_server_that_puts_off_twice_is_asked_three_times_and_not_sooner_than_it_says) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    const struct http_client_settings client_settings = {.ca = fixture->client_files.ca,
                                                         .certificate = fixture->client_files.certificate,
                                                         .key = fixture->client_files.key,
                                                         .proxy = "none",
                                                         .connect_timeout_ms = 10000,
                                                         .timeout_ms = 10000};
    struct http_client *client = NULL;
    struct session *real = NULL;
    struct buf reply = {0};
    assert_ok(http_client_new(&client_settings, &client));
    snprintf(scheme.descriptor.indexes[0], sizeof scheme.descriptor.indexes[0], "https://127.0.0.1:%u",
             http_server_port(fixture->server));
    assert_ok(session_make(&scheme.descriptor, session_transport(client), &real));
    int64_t began_us = clock_monotonic_us();
    assert_ok(session_post(real, "/busy", bytes_str("[]"), &reply));
    cr_assert(bytes_equal(buf_bytes(&reply), bytes_str("{}")));
    cr_assert_geq(clock_monotonic_us() - began_us, 1000000 + BACKOFF_FIRST_MS / 2 * 1000);
    cr_assert_eq(fixture->busy_asked, 3);
    buf_free(&reply);
    session_free(real);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(backoff, time_really_passes) {
    struct transport transport = session_transport(NULL);
    int64_t began_us = clock_monotonic_us();
    cr_assert(transport.wait(transport.ctx, 20));
    cr_assert_geq(clock_monotonic_us() - began_us, 20000);
}
