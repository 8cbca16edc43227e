// SPDX-License-Identifier: Apache-2.0
// Whole runs of a sync over a scheme inside the test, cut off at every request and healed by the next run.
#include "client/sync.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/handle.h"
#include "proto/routes.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/client/fake_index.h"
#include "tests/client/fake_scheme.h"

#define TODAY 20000
#define NAMED 4 // slots that names and a date of birth fill
#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn,status,quiet\n"
#define ANN "a,Ann,Archer,2012-01-30,,,,\n"
#define ANN_CORRECTED "a,Anna,Archer,2012-01-30,,,,\n"
#define ANN_ALIAS "a,Ann,Baxter,2012-01-30,,,,\n"
#define BEN "b,Ben,Butcher,2013-11-02,,,,\n"
#define CAT "c,Cat,Chandler,2014-06-14,,,,\n"

static const uint8_t key[HANDLE_KEY_SIZE] = "thirty-two bytes of a handle key";
static struct fake_scheme scheme;
static struct caseload caseload;
static struct sync_settings settings;
static struct sync_report report;
static const char *state_name = "s";

// The transport of the session: counts changes' requests, and cuts one off before or after the index has it.
static struct {
    struct transport inner;
    size_t requests;
    size_t cut; // the request, from 1; 0: none
    bool after;
    err_t err;
} wire;

static bool is_cut(const struct http_exchange *exchange) {
    return strcmp(exchange->path, ROUTE_INVOLVEMENTS) == 0 && ++wire.requests >= wire.cut && wire.cut > 0;
}

static void run_wire(void *ctx, struct http_exchange *exchanges, size_t count) {
    (void)ctx;
    bool cut = count == 1 && is_cut(&exchanges[0]);
    scheme.change_count = 0;
    if (!cut || wire.after) {
        wire.inner.run(wire.inner.ctx, exchanges, count);
    }
    if (cut) {
        exchanges[0].err = wire.err;
        snprintf(exchanges[0].detail, sizeof exchanges[0].detail, "cut off");
        buf_free(&exchanges[0].reply);
        wire.after = false; // and from then on there is no way to it
    }
}

static void begin(void) {
    scratch_make();
    fake_scheme_make(&scheme, 2, 3);
    scheme.decide = fake_index_decide;
    memset(&fake_index, 0, sizeof fake_index);
    memset(&wire, 0, sizeof wire);
    wire.inner = fake_transport(&scheme);
    wire.err = ERR_NETWORK;
    settings = (struct sync_settings){.handle_key = key, .day = TODAY, .term_days = 400};
}

static void end(void) {
    sync_report_free(&report);
    caseload_free(&caseload);
    scratch_remove();
}

TestSuite(sync, .init = begin, .fini = end);

static err_t sync_text(const char *text) {
    struct session *session = NULL;
    struct sync_state *state = NULL;
    sync_report_free(&report);
    caseload_free(&caseload);
    wire.requests = 0;
    assert_ok(caseload_load(scratch_write_text("c.csv", text), match_set_find("core"), &caseload));
    assert_ok(session_make(&scheme.descriptor, (struct transport){.run = run_wire}, &session));
    assert_ok(sync_state_open(scratch_path(state_name), "demo", key, true, &state));
    err_t err = sync_run(session, &settings, &caseload, state, (struct progress){0}, &report);
    sync_state_close(state);
    session_free(session);
    return err;
}

static void sync_now(const char *text) {
    assert_ok(sync_text(text));
}

static void assert_done(size_t opened, size_t replaced, size_t renewed, size_t closed, size_t unchanged) {
    const size_t expected[] = {[SYNC_UNCHANGED] = unchanged,
                               [SYNC_OPEN] = opened,
                               [SYNC_REPLACE] = replaced,
                               [SYNC_RENEW] = renewed,
                               [SYNC_CLOSE] = closed};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_assert_eq(report.verdicts[i], expected[i], "verdict %zu: %zu instead of %zu", i, report.verdicts[i],
                     expected[i]);
    }
    cr_assert_eq(report.not_done, 0, "%s", report.failure.detail);
    cr_assert_eq(report.failure.cause, CAUSE_NONE);
}

static size_t rows_of(const char *ref, bool current) {
    uint8_t handle[HANDLE_SIZE];
    assert_ok(handle_of(key, ref, handle));
    return fake_index_of(handle, current);
}

static bool has_token(const char *ref, const char *slot, const char *value) {
    uint8_t handle[HANDLE_SIZE], token[TOKEN_SIZE];
    assert_ok(handle_of(key, ref, handle));
    fake_token(&scheme, slot, value, token);
    for (size_t i = 0; i < fake_index.count; i++) {
        const struct fake_entry *row = &fake_index.rows[i];
        if (memcmp(row->handle, handle, HANDLE_SIZE) == 0 && memcmp(row->token, token, TOKEN_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

Test(sync, registers_a_caseload_and_then_leaves_it_alone) {
    sync_now(HEADER ANN BEN CAT);
    assert_done(3, 0, 0, 0, 0);
    cr_assert_eq(fake_index.count, 3 * NAMED);
    size_t elements = scheme.elements;
    sync_now(HEADER CAT ANN BEN);
    assert_done(0, 0, 0, 0, 3);
    cr_assert_eq(scheme.elements, elements, "no key holder was asked");
    cr_assert_eq(wire.requests, 1, "the index is told that nothing has changed, and no more");
    cr_assert_eq(scheme.change_count, 0);
}

Test(sync, opens_closes_and_replaces) {
    sync_now(HEADER ANN BEN CAT);
    sync_now(HEADER ANN_CORRECTED CAT "d,Dan,Draper,2010-10-10,,,,\n");
    assert_done(1, 1, 0, 1, 1);
    cr_assert_eq(fake_index.count, 4 * NAMED);
    cr_assert_eq(rows_of("b", true), 0);
    cr_assert_eq(rows_of("b", false), NAMED);
    cr_assert_eq(rows_of("a", true), NAMED, "the old tokens are out");
    cr_assert_eq(rows_of("d", true), NAMED);
    sync_now(HEADER ANN_CORRECTED CAT "d,Dan,Draper,2010-10-10,,,,\n");
    assert_done(0, 0, 0, 0, 3);
}

Test(sync, keeps_what_aliases_share_when_one_goes) {
    sync_now(HEADER "a,Ann,Archer,2012-01-30,9434765919,,,\na,Ann,Baxter,2012-01-30,9434765919,,,\n");
    assert_done(1, 0, 0, 0, 0);
    cr_assert_eq(rows_of("a", true), 1 + 2 * NAMED, "one number, and two of each other slot");
    sync_now(HEADER "a,Ann,Baxter,2012-01-30,9434765919,,,\n");
    assert_done(0, 1, 0, 0, 0);
    cr_assert_eq(rows_of("a", true), 1 + NAMED);
    cr_assert(has_token("a", "nhs", "9434765919"));
}

Test(sync, never_touches_the_record_of_a_twin_or_of_the_same_child_under_another_reference) {
    sync_now(HEADER ANN "same,Ann,Archer,2012-01-30,,,,\n");
    sync_now(HEADER "same,Ann,Archer,2012-01-30,,,,\n" BEN);
    assert_done(1, 0, 0, 1, 1);
    cr_assert_eq(rows_of("same", true), NAMED);
    cr_assert_eq(rows_of("a", true), 0);
    cr_assert_eq(rows_of("a", false), NAMED);
}

Test(sync, follows_status_and_quiet) {
    sync_now(HEADER ANN BEN);
    sync_now(HEADER "a,Ann,Archer,2012-01-30,,,previous,\nb,Ben,Butcher,2013-11-02,,,,yes\n");
    assert_done(0, 1, 0, 1, 0);
    cr_assert_eq(rows_of("a", false), NAMED);
    for (size_t i = 0; i < fake_index.count; i++) {
        cr_assert_eq(fake_index.rows[i].quiet, fake_index.rows[i].current, "b is quiet, a is not");
    }
    sync_now(HEADER ANN BEN);
    assert_done(1, 1, 0, 0, 0);
    cr_assert_eq(rows_of("a", true), NAMED);
}

Test(sync, replaces_and_closes_at_once) {
    sync_now(HEADER ANN);
    sync_now(HEADER "a,Anna,Archer,2012-01-30,,,previous,\n");
    assert_done(0, 1, 0, 0, 0);
    cr_assert_eq(rows_of("a", false), NAMED);
    cr_assert_eq(fake_index.count, NAMED);
}

Test(sync, opens_again_a_child_that_comes_back_with_other_details) {
    sync_now(HEADER ANN BEN CAT);
    settings.allow_shrink = true;
    sync_now(HEADER BEN CAT);
    sync_now(HEADER ANN_CORRECTED BEN CAT);
    assert_done(1, 0, 0, 0, 2);
    cr_assert_eq(rows_of("a", true), NAMED);
    cr_assert_eq(rows_of("a", false), 0, "the old details are out");
}

Test(sync, renews_without_a_key_holder) {
    sync_now(HEADER ANN BEN);
    settings.day += 199;
    for (size_t i = 0; i < 3; i++) {
        scheme.faults[i] = FAULT_ABSENT;
    }
    sync_now(HEADER ANN BEN);
    assert_done(0, 0, 2, 0, 0);
    cr_assert_eq(fake_index.actions[ACTION_RENEW], 2);
    sync_now(HEADER ANN BEN);
    assert_done(0, 0, 0, 0, 2);
}

Test(sync, registers_what_a_renewal_does_not_find) {
    sync_now(HEADER ANN BEN);
    fake_index.count = 0;
    settings.day += 199;
    sync_now(HEADER ANN BEN);
    assert_done(2, 0, 0, 0, 0);
    cr_assert_eq(fake_index.count, 2 * NAMED);
}

Test(sync, records_as_ended_what_closing_does_not_find) {
    sync_now(HEADER ANN BEN);
    fake_index.count = 0;
    sync_now(HEADER "a,Ann,Archer,2012-01-30,,,previous,\n" BEN);
    assert_done(0, 0, 0, 1, 1);
    cr_assert_eq(rows_of("a", false), NAMED);
}

Test(sync, goes_on_with_what_needs_no_tokens_when_the_holders_are_away) {
    sync_now(HEADER ANN BEN CAT);
    for (size_t i = 0; i < 3; i++) {
        scheme.faults[i] = FAULT_ABSENT;
    }
    sync_now(HEADER ANN_CORRECTED BEN "d,Dan,Draper,2010-10-10,,,,\n");
    cr_assert_eq(report.verdicts[SYNC_CLOSE], 1);
    cr_assert_eq(report.not_done, 2);
    cr_assert_eq(report.failure.cause, CAUSE_HOLDERS);
    cr_assert_eq(rows_of("c", false), NAMED);
    cr_assert_eq(rows_of("a", true), NAMED, "as it was");
    memset(scheme.faults, 0, sizeof scheme.faults);
    sync_now(HEADER ANN_CORRECTED BEN "d,Dan,Draper,2010-10-10,,,,\n");
    assert_done(1, 1, 0, 0, 1);
}

static void exchange_store(void) {
    scheme.new_store = true;
    fake_index.count = 0;
}

Test(sync, registers_everything_again_in_another_store_from_what_it_knows) {
    sync_now(HEADER ANN BEN CAT);
    settings.allow_shrink = true;
    sync_now(HEADER ANN BEN);
    exchange_store();
    size_t elements = scheme.elements;
    sync_now(HEADER ANN BEN);
    assert_done(2, 0, 0, 1, 0);
    cr_assert_eq(report.elsewhere, 3);
    cr_assert_eq(scheme.elements, elements, "from stored tokens");
    cr_assert_eq(rows_of("a", true), NAMED);
    cr_assert_eq(rows_of("c", false), NAMED, "what had ended is known to have been");
    sync_now(HEADER ANN BEN);
    assert_done(0, 0, 0, 0, 2);
}

Test(sync, derives_everything_again_in_a_new_epoch) {
    sync_now(HEADER ANN BEN CAT);
    scheme.descriptor.epoch = 2;
    fake_index.count = 0;
    sync_now(HEADER ANN BEN CAT);
    assert_done(3, 0, 0, 0, 0);
    cr_assert_eq(fake_index.count, 3 * NAMED);
}

Test(sync, derives_and_registers_everything_again_in_full) {
    sync_now(HEADER ANN BEN);
    size_t elements = scheme.elements;
    settings.full = true;
    sync_now(HEADER ANN BEN);
    assert_done(2, 0, 0, 0, 0);
    cr_assert_eq(scheme.elements, 2 * elements);
    cr_assert_eq(fake_index.count, 2 * NAMED);
}

Test(sync, refuses_a_caseload_that_shrank_until_it_is_told) {
    sync_now(HEADER ANN BEN CAT);
    assert_refused(sync_text(HEADER ANN BEN), ERR_DENIED, "--allow-shrink");
    cr_assert_eq(rows_of("c", true), NAMED);
    cr_assert_eq(wire.requests, 0);
    settings.allow_shrink = true;
    sync_now(HEADER ANN BEN);
    assert_done(0, 0, 0, 1, 2);
}

Test(sync, only_says_what_it_would_do_in_a_dry_run) {
    settings.dry_run = true;
    sync_now(HEADER ANN BEN);
    assert_done(2, 0, 0, 0, 0);
    cr_assert_eq(fake_index.count, 0);
    cr_assert_eq(scheme.elements, 0);
    settings.dry_run = false;
    sync_now(HEADER ANN BEN);
    assert_done(2, 0, 0, 0, 0);
}

Test(sync, adds_and_takes_nothing_for_a_reference_with_a_rejected_row) {
    sync_now(HEADER ANN ANN_ALIAS BEN);
    sync_now(HEADER ANN_CORRECTED "a,Ann,Baxter,2012-01-32,,,,\n" BEN);
    assert_done(0, 1, 0, 0, 1);
    cr_assert_eq(rows_of("a", true), 2 * NAMED + 2, "all of each name, and two more of the corrected name");
    sync_now(HEADER ANN_CORRECTED ANN_ALIAS BEN);
    assert_done(0, 1, 0, 0, 1);
    cr_assert_eq(rows_of("a", true), 2 * NAMED, "the mistyped name is out");
    sync_now(HEADER ANN_CORRECTED ANN_ALIAS BEN);
    assert_done(0, 0, 0, 0, 2);
}

Test(sync, needs_the_index) {
    scheme.index_fault = FAULT_ABSENT;
    assert_refused(sync_text(HEADER ANN), ERR_NETWORK, "connection refused");
}

// ---- refusals of single children

static uint8_t unwanted[HANDLE_SIZE];

static void refuse_the_unwanted(void *ctx, struct http_exchange *exchanges, size_t count) {
    struct involvement_request request;
    (void)ctx;
    scheme.change_count = 0;
    if (count == 1 && strcmp(exchanges[0].path, ROUTE_INVOLVEMENTS) == 0) {
        assert_ok(involvement_request_read(exchanges[0].body, scheme.descriptor.slot_count, &request));
        bool refused = false;
        for (size_t i = 0; i < request.count; i++) {
            refused = refused || memcmp(request.changes[i].handle, unwanted, HANDLE_SIZE) == 0;
        }
        involvement_request_free(&request);
        wire.requests++;
        if (refused) {
            exchanges[0].err = ERR_UNAVAILABLE;
            snprintf(exchanges[0].detail, sizeof exchanges[0].detail, "too many records");
            return;
        }
    }
    wire.inner.run(wire.inner.ctx, exchanges, count);
}

Test(sync, is_not_held_up_by_one_child_that_the_index_cannot_take) {
    struct session *session = NULL;
    struct sync_state *state = NULL;
    assert_ok(handle_of(key, "b", unwanted));
    const char *text = HEADER ANN BEN CAT "d,Dan,Draper,2010-10-10,,,,\n";
    assert_ok(caseload_load(scratch_write_text("c.csv", text), match_set_find("core"), &caseload));
    assert_ok(session_make(&scheme.descriptor, (struct transport){.run = refuse_the_unwanted}, &session));
    assert_ok(sync_state_open(scratch_path("s"), "demo", key, true, &state));
    assert_ok(sync_run(session, &settings, &caseload, state, (struct progress){0}, &report));
    sync_state_close(state);
    session_free(session);
    cr_assert_eq(report.verdicts[SYNC_OPEN], 3);
    cr_assert_eq(report.not_done, 1);
    cr_assert_eq(report.failure.cause, CAUSE_NONE);
    cr_assert_eq(report.refusal_count, 1);
    cr_assert_str_eq(report.refusals[0].ref, "b");
    cr_assert_str_eq(report.refusals[0].reason, "too many records");
    cr_assert_eq(report.refusals[0].line, 3);
    sync_now(text);
    assert_done(1, 0, 0, 0, 3);
}

Test(sync, gives_up_where_the_index_refuses_whatever_it_is_sent) {
    wire.cut = 1;
    wire.err = ERR_UNAVAILABLE;
    sync_now(HEADER ANN BEN CAT "d,Dan,Draper,2010-10-10,,,,\n"
                                "e,Eve,Eaton,2011-10-10,,,,\n");
    cr_assert_eq(report.not_done, 5);
    cr_assert_eq(report.refusal_count, 0, "it is not about these children");
    cr_assert_eq(report.failure.cause, CAUSE_INDEX);
    cr_assert_leq(wire.requests, 8);
}

// ---- cut off anywhere

static struct fake_index clean;

static void remember_clean(void) {
    fake_index_sort();
    clean = fake_index;
}

static void assert_clean(size_t cut, bool after) {
    fake_index_sort();
    cr_assert_eq(fake_index.count, clean.count, "cut at %zu %s: %zu rows instead of %zu", cut,
                 after ? "after" : "before", fake_index.count, clean.count);
    cr_assert_eq(memcmp(fake_index.rows, clean.rows, sizeof clean.rows), 0, "cut at %zu", cut);
}

#define BEFORE                                                                                                         \
    HEADER ANN ANN_ALIAS BEN CAT "d,Dan,Draper,2010-10-10,,,,\n"                                                       \
                                 "q,Quinn,Quarry,2015-05-05,,,,\n"
#define AFTER                                                                                                          \
    HEADER ANN_CORRECTED ANN_ALIAS                                                                                     \
        "c,Cat,Chandler,2014-06-14,9434765919,,previous,\n"                                                            \
        "d,Dan,Draper,2010-10-11,,,,yes\nn,Nia,Norris,2016-06-06,,,,\nq,Quinn,Quarry,2015-05-05,,,previous,\n"

// From the same start to the same end, once in one run and once with a run that is cut off.
static void run_from_start(const char *name, const char *text, size_t cut, bool after) {
    memset(&fake_index, 0, sizeof fake_index);
    state_name = name;
    wire.cut = 0;
    sync_now(BEFORE);
    wire.cut = cut;
    wire.after = after;
    assert_ok(sync_text(text));
    wire.cut = 0;
}

Test(sync, ends_in_the_same_index_wherever_it_was_cut_off) {
    run_from_start("clean", AFTER, 0, false);
    assert_done(1, 3, 0, 2, 0);
    remember_clean();
    for (int after = 0; after < 2; after++) {
        run_from_start(after ? "after" : "before", AFTER, 1, after);
        cr_assert_gt(report.not_done, 0);
        sync_now(AFTER);
        cr_assert_eq(report.not_done, 0);
        assert_clean(1, after);
        sync_now(AFTER);
        assert_done(0, 0, 0, 0, 5);
    }
}

Test(sync, ends_in_the_same_index_when_the_next_caseload_is_another_one) {
    run_from_start("clean", AFTER, 0, false);
    sync_now(BEFORE);
    remember_clean();
    for (int after = 0; after < 2; after++) {
        run_from_start(after ? "after" : "before", AFTER, 1, after);
        sync_now(BEFORE); // everything was taken back
        cr_assert_eq(report.not_done, 0);
        // A child that was new for one night alone, and of which the index never heard, leaves no trace.
        if (after) {
            assert_clean(1, after);
        } else {
            cr_assert_eq(rows_of("n", false) + rows_of("n", true), 0);
            cr_assert_eq(fake_index.count, clean.count - NAMED);
        }
        sync_now(BEFORE);
        assert_done(0, 0, 0, 0, 5);
    }
}

Test(sync, remembers_a_registration_that_was_cut_off_when_the_child_is_gone_the_next_night) {
    wire.cut = 1;
    wire.after = true;
    sync_now(HEADER ANN BEN);
    cr_assert_eq(report.not_done, 2);
    cr_assert_eq(rows_of("a", true), NAMED, "it did arrive");
    wire.cut = 0;
    settings.allow_shrink = true;
    sync_now(HEADER BEN);
    cr_assert_eq(rows_of("a", true), 0, "and is closed");
    cr_assert_eq(rows_of("a", false), NAMED);
}
