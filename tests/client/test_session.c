// SPDX-License-Identifier: Apache-2.0
#include "client/session.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/client/fake_scheme.h"
#include "tests/client/tree.h"

static struct fake_scheme scheme;
static struct client_config config;

static void begin(void) {
    fake_scheme_make(&scheme, 2, 3);
    scratch_make();
    config.state = strdup(scratch_path("deep/down/state"));
}

static void end(void) {
    tree_remove(scratch_path("deep"));
    scratch_remove();
    free(config.state);
}

TestSuite(session, .init = begin, .fini = end);

static err_t remember(void) {
    return session_remember_descriptor(&config, &scheme.descriptor);
}

Test(session, remembers_the_descriptor_that_was_seen) {
    assert_ok(remember());
    cr_assert(scratch_has("deep/down/state/demo.descriptor"));
    cr_assert_eq(scratch_mode("deep/down/state/demo.descriptor"), 0600);
    assert_ok(remember());
}

Test(session, takes_a_higher_version_and_then_refuses_the_lower_one) {
    assert_ok(remember());
    scheme.descriptor.version = 4;
    assert_ok(remember());
    scheme.descriptor.version = 3;
    assert_refused(remember(), ERR_STALE, "may not follow the one that was last seen");
    scheme.descriptor.version = 4;
    assert_ok(remember());
}

Test(session, refuses_another_key_within_an_epoch) {
    assert_ok(remember());
    scheme.descriptor.version = 4;
    memcpy(scheme.descriptor.commitments[0], scheme.descriptor.commitments[1], ELEMENT_SIZE);
    assert_refused(remember(), ERR_STALE, "may not follow");
}

Test(session, refuses_other_content_under_one_version) {
    assert_ok(remember());
    snprintf(scheme.descriptor.indexes[0], sizeof scheme.descriptor.indexes[0], "https://other.example:8443");
    assert_refused(remember(), ERR_STALE, "may not follow");
}

Test(session, keeps_schemes_apart) {
    assert_ok(remember());
    snprintf(scheme.descriptor.scheme, sizeof scheme.descriptor.scheme, "other");
    scheme.descriptor.version = 1;
    assert_ok(remember());
}

Test(session, does_not_trust_a_damaged_memory) {
    assert_ok(remember());
    scratch_write_text("deep/down/state/demo.descriptor", "{}");
    cr_assert_neq(remember(), OK);
}

Test(session, needs_a_folder_for_its_state) {
    scratch_write_text("file", "");
    free(config.state);
    config.state = strdup(scratch_path("file/state"));
    cr_assert_neq(remember(), OK);
    cr_assert_not_null(strstr(err_detail(), "file/state"), "%s", err_detail());
}

Test(session, accepts_its_own_matching_rules) {
    const struct match_set *set = NULL;
    assert_ok(session_check_matching(&scheme.descriptor, &set));
    cr_assert_str_eq(set->name, "core");
}

Test(session, refuses_other_matching_rules) {
    const struct match_set *set = NULL;
    scheme.descriptor.matching_digest[31] ^= 1;
    assert_refused(session_check_matching(&scheme.descriptor, &set), ERR_STALE, "matches by other rules");
    scheme.descriptor.matching_digest[31] ^= 1;
    scheme.descriptor.slots[4].tier = TIER_SURE;
    assert_refused(session_check_matching(&scheme.descriptor, &set), ERR_STALE, "slots are not those");
    scheme.descriptor.slots[4].tier = TIER_SIMILAR;
    scheme.descriptor.slot_count--;
    assert_refused(session_check_matching(&scheme.descriptor, &set), ERR_STALE, "slots are not those");
    snprintf(scheme.descriptor.key_set, sizeof scheme.descriptor.key_set, "future");
    assert_refused(session_check_matching(&scheme.descriptor, &set), ERR_STALE, "does not know");
    cr_assert_null(set);
}

Test(session, opens_the_index_once) {
    struct session *session = fake_session(&scheme);
    cr_assert_eq(scheme.runs, 0, "opening a session sends nothing");
    assert_ok(session_need_index(session));
    assert_ok(session_need_index(session));
    cr_assert_eq(scheme.scheme_requests, 1);
    cr_assert_eq(session->scheme.feeds_fresh, 2);
    cr_assert_eq(session->scheme.feeds_total, 3);
    session_free(session);
}

Test(session, refuses_an_index_of_another_scheme_or_epoch) {
    struct session *session = fake_session(&scheme);
    scheme.other_epoch = true;
    assert_refused(session_need_index(session), ERR_STALE, "epoch 2");
    scheme.other_epoch = false;
    snprintf(scheme.descriptor.scheme, sizeof scheme.descriptor.scheme, "other");
    assert_refused(session_need_index(session), ERR_UNAVAILABLE, "another scheme");
    cr_assert_not(session->index_open);
    session_free(session);
}

Test(session, says_why_the_last_index_failed_and_tries_again) {
    struct session *session = fake_session(&scheme);
    scheme.index_fault = FAULT_TLS;
    assert_refused(session_need_index(session), ERR_TLS, "certificate has expired");
    scheme.index_fault = FAULT_NONE;
    assert_ok(session_need_index(session));
    session_free(session);
}
