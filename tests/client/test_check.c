// SPDX-License-Identifier: Apache-2.0
#include "client/check.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

static struct fake_scheme scheme;
static struct check_report report;

static void begin(void) {
    fake_scheme_make(&scheme, 2, 3);
}

TestSuite(check, .init = begin);

static int64_t fake_now(void *ctx) {
    return *(const int64_t *)ctx * 1000;
}

static void run_by(const struct descriptor *descriptor) {
    const struct wall_clock clock = {.now_ms = fake_now, .ctx = &scheme.now_s};
    report = (struct check_report){0};
    check_network(descriptor, fake_transport(&scheme), &clock, &report);
}

static void run(void) {
    run_by(&scheme.descriptor);
}

static const struct check_line *line(const char *what) {
    static const struct check_line none;
    const struct check_line *found = &none;
    for (size_t i = 0; i < report.count; i++) {
        if (strcmp(report.lines[i].what, what) == 0) {
            found = &report.lines[i];
        }
    }
    cr_assert_neq(found, &none, "no line for %s", what);
    return found;
}

static void assert_well(const char *what) {
    cr_assert(line(what)->well, "%s: %s", what, line(what)->text);
}

static void assert_problem(const char *what, const char *words) {
    cr_assert_not(line(what)->well, "%s", what);
    cr_assert_not_null(strstr(line(what)->text, words), "%s: %s", what, line(what)->text);
    cr_assert_not(report_all_well(&report));
}

Test(check, finds_everything_well) {
    run();
    const char *const lines[] = {"holder 1", "holder 2", "holder 3", "index", "clock", "roster", "canaries"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_well(lines[i]);
    }
    cr_assert_eq(report.count, 7, "one line each");
    cr_assert(report_all_well(&report));
}

Test(check, tells_a_refused_certificate_from_a_network_fault) {
    scheme.faults[1] = FAULT_TLS;
    scheme.faults[2] = FAULT_ABSENT;
    run();
    assert_well("holder 1");
    assert_problem("holder 2", "certificate refused (certificate has expired)");
    assert_problem("holder 3", "cannot be reached (connection refused): check the network");
    assert_problem("canaries", "1 of the 2 key holders");
}

Test(check, names_a_holder_that_lies_and_needs_it_no_more) {
    scheme.faults[0] = FAULT_OTHER_KEY;
    run();
    assert_problem("holder 1", "answers falsely (its proof is not valid)");
    assert_well("holder 2");
    assert_well("holder 3");
    assert_well("canaries");
}

Test(check, names_a_holder_of_another_generation) {
    scheme.faults[1] = FAULT_OTHER_GENERATION;
    run();
    assert_problem("holder 2", "generation 3; the descriptor has 1 and 2");
}

Test(check, names_a_holder_whose_key_does_not_follow_from_the_descriptor) {
    memcpy(scheme.shares[2], scheme.shares[1], ELEMENT_SIZE);
    run();
    assert_problem("holder 3", "its public key is not the one");
    assert_well("canaries");
}

Test(check, says_who_is_not_on_the_roster) {
    scheme.faults[0] = FAULT_REFUSES;
    scheme.index_fault = FAULT_REFUSES;
    run();
    assert_problem("holder 1", "refuses you (not on the roster): ask the scheme authority");
    assert_problem("index", "refuses you (not on the roster): ask the scheme authority");
}

Test(check, says_when_the_index_cannot_be_reached) {
    scheme.index_fault = FAULT_ABSENT;
    run();
    assert_problem("index", "cannot be reached");
    assert_problem("canaries", "the index was not reached");
    assert_well("holder 1");
    assert_well("clock");
}

Test(check, compares_clocks) {
    scheme.whoami_s = scheme.now_s + 20;
    run();
    assert_well("clock");
    scheme.whoami_s = scheme.now_s + 3600;
    run();
    assert_problem("clock", "3600 s behind");
    scheme.whoami_s = scheme.now_s - 90;
    run();
    assert_problem("clock", "90 s ahead of");
}

Test(check, cannot_compare_clocks_with_nobody) {
    scheme.index_fault = FAULT_ABSENT;
    for (size_t i = 0; i < 3; i++) {
        scheme.faults[i] = FAULT_ABSENT;
    }
    run();
    assert_problem("clock", "nobody answered");
    assert_problem("roster", "nobody answered");
    assert_problem("canaries", "0 of the 2 key holders");
}

Test(check, wants_one_roster_everywhere) {
    scheme.roster_versions[1] = 6;
    run();
    assert_problem("roster", "version 7 at holder 1, but 6 at holder 2");
}

Test(check, gives_warning_before_the_roster_ends) {
    const int64_t later_s = scheme.now_s + 66 * 86400;
    const struct wall_clock clock = {.now_ms = fake_now, .ctx = (void *)(uintptr_t)&later_s};
    report = (struct check_report){0};
    check_network(&scheme.descriptor, fake_transport(&scheme), &clock, &report);
    assert_problem("roster", "4 days left, your entry 14");
}

static void assert_until(int64_t until_s) {
    char until[CLOCK_TEXT_SIZE], words[64];
    clock_format(until_s, until);
    snprintf(words, sizeof words, "works until %s at the latest", until);
    assert_well("newer descriptor");
    cr_assert_not_null(strstr(line("newer descriptor")->text, words), "%s", line("newer descriptor")->text);
    cr_assert(report_all_well(&report));
}

Test(check, notices_a_newer_descriptor) {
    scheme.index_descriptor_version = 4;
    run();
    assert_until(scheme.descriptor.expires);
}

Test(check, says_until_when_an_older_generation_will_do) {
    const struct descriptor older = scheme.descriptor;
    fake_refresh(&scheme);
    scheme.index_descriptor_version = scheme.descriptor.version;
    run_by(&older);
    cr_assert_not_null(strstr(line("holder 2")->text, "generation 2 beside a newer key, proof valid"), "%s",
                       line("holder 2")->text);
    assert_until(scheme.descriptor.previous.until);
}

Test(check, does_not_say_that_an_older_generation_will_do_when_it_will_not) {
    const struct descriptor older = scheme.descriptor;
    fake_refresh(&scheme);
    scheme.index_descriptor_version = scheme.descriptor.version;
    scheme.faults[0] = FAULT_STALE;
    scheme.faults[1] = FAULT_STALE;
    run_by(&older);
    assert_problem("holder 1", "is at another epoch, generation or version");
    assert_problem("canaries", "1 of the 2 key holders");
    assert_problem("newer descriptor", "has version 4, this machine 3");
}

Test(check, notices_an_index_without_canaries) {
    scheme.canaries_missing = true;
    run();
    assert_problem("canaries", "test questions");
    assert_well("index");
}

Test(check, notices_holders_whose_tokens_are_not_the_descriptors) {
    scheme.descriptor.slots[2].canary_token[7] ^= 1;
    run();
    assert_problem("canaries", "the holders' tokens are not those of the descriptor");
}

Test(check, cannot_go_on_with_other_matching_rules) {
    scheme.descriptor.matching_digest[0] ^= 1;
    run();
    assert_problem("network", "matches by other rules");
    cr_assert_eq(report.count, 1);
}

Test(check, counts_days_downwards) {
    cr_assert_eq(days_until(86400, 0), 1);
    cr_assert_eq(days_until(86399, 0), 0);
    cr_assert_eq(days_until(0, 0), 0);
    cr_assert_eq(days_until(-1, 0), -1);
    cr_assert_eq(days_until(-86400, 0), -1);
    cr_assert_eq(days_until(-86401, 0), -2);
}
