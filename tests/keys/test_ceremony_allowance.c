// SPDX-License-Identifier: Apache-2.0
// `ceremony roster allowance`: two administrators, once, within dates, or nothing.
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "proto/act.h"
#include "proto/allowance_act.h"
#include "proto/roster.h"
#include "tests/keys/ceremony_run.h"

TestSuite(ceremony_allowance, .init = run_start_initialised, .fini = run_end);

#define NORTH_URN "urn:signpost:demo:agency:north"

struct wish {
    const char *act, *scheme, *agency;
    int64_t made, from, days; // from now: seconds, days
    uint32_t elements;
    const char *signers[2];
};
static const struct wish usual = {ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {"ann", "ben"}};

static void make_act(const char *file, const struct wish *wish) {
    const int64_t now_s = clock_now_s(&clock_system);
    const struct allowance allowance = {.elements_day = wish->elements,
                                        .children_day = 700,
                                        .from = now_s + wish->from * 86400,
                                        .until = now_s + (wish->from + wish->days) * 86400};
    struct act act = {.reason = "first load"};
    struct urn agency;
    struct buf text = {0};
    cr_assert_eq(urn_parse(wish->agency, &agency), OK);
    snprintf(act.name, sizeof act.name, "%s", wish->act);
    snprintf(act.scheme, sizeof act.scheme, "%s", wish->scheme);
    act.arguments = allowance_act_arguments(&agency, &allowance);
    cr_assert_eq(act_new(&act, now_s + wish->made, &text), OK, "%s", err_detail());
    for (size_t i = 0; i < 2 && wish->signers[i] != NULL; i++) {
        char certificate[PATH_MAX], key[PATH_MAX], name[32];
        snprintf(name, sizeof name, "%s.crt", wish->signers[i]);
        snprintf(certificate, sizeof certificate, "%s", in_dir(name));
        snprintf(name, sizeof name, "%s.key", wish->signers[i]);
        snprintf(key, sizeof key, "%s", in_dir(name));
        cr_assert_eq(act_sign(&text, certificate, key), OK, "%s", err_detail());
    }
    put_file(file, 0600, buf_bytes(&text));
    buf_free(&text);
    act_free(&act);
}

static void admit_administrators(void) {
    done("issue $A agency north --out north");
    done("issue $A practitioner north jo --out jo");
    done("issue $A administrator ann --out ann");
    done("issue $A administrator ben --out ben");
    done("issue $A administrator ben --out ben2");
    done("issue $A administrator eve --out eve");
    done("roster $A add north.crt jo.crt ann.crt ben.crt ben2.crt");
}

Test(ceremony_allowance, gives_an_allowance_that_two_administrators_signed_once) {
    admit_administrators();
    make_act("act", &usual);
    refused("roster --dir auth --passphrase-file wrong.pass allowance act", "passphrase is wrong");
    cr_expect_eq(roster_version(), 1, "and the act is not spent");
    struct outcome outcome = run("roster $A allowance act");
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, NORTH_URN ": 500000 elements a day and 700 children a day"), "%s",
                       outcome.out);
    cr_expect_not_null(strstr(outcome.out, "signed by ann and ben: first load"), "%s", outcome.out);
    outcome_free(&outcome);
    struct roster *roster = roster_signed();
    const struct allowance *given = &roster->entries[0].terms.allowance;
    cr_expect_eq(roster->version, 2);
    cr_expect_eq(given->elements_day, 500000);
    cr_expect_eq(given->children_day, 700);
    cr_expect_eq(given->until - given->from, 3 * 86400);
    cr_expect_str_eq(given->signers[1], "ben");
    roster_free(roster);
    refused("roster $A allowance act", "carried out already");
    make_act("act2", &usual);
    done("roster $A allowance act2");
    refused("roster $A allowance act", "carried out already");
    cr_expect_eq(roster_version(), 3);
}

Test(ceremony_allowance, gives_no_allowance_without_two_administrators_and_sound_dates) {
    const struct {
        struct wish wish;
        const char *reason;
    } cases[] = {
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {"ann", NULL}}, "takes 2 administrators, and 1 signed"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {NULL, NULL}}, "and 0 signed"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {"ben", "ben2"}}, "one person has signed twice"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {"ann", "jo"}}, "signature 2: not an administrator"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 500000, {"eve", "ann"}}, "signature 1: "}, // not on the roster
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, -2 * 86400, 0, 3, 500000, {"ann", "ben"}}, "the act has expired"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 3600, 0, 3, 500000, {"ann", "ben"}}, "dated in the future"},
        {{ALLOWANCE_ACT, "other", NORTH_URN, 0, 0, 3, 500000, {"ann", "ben"}}, "not signed for the roster"},
        {{"note", SCHEME, NORTH_URN, 0, 0, 3, 500000, {"ann", "ben"}}, "an act \"note\""},
        {{ALLOWANCE_ACT, SCHEME, "urn:signpost:demo:agency:west", 0, 0, 3, 500000, {"ann", "ben"}},
         "is not on the roster"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN ":person:jo", 0, 0, 3, 500000, {"ann", "ben"}}, "is not an agency"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 32, 500000, {"ann", "ben"}}, "no longer than 31 days"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 3, -1, 500000, {"ann", "ben"}}, "must last"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, -3, 2, 500000, {"ann", "ben"}}, "has ended already"},
        {{ALLOWANCE_ACT, SCHEME, NORTH_URN, 0, 0, 3, 0, {"ann", "ben"}}, "elements_day"},
    };
    admit_administrators();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_act("act", &cases[i].wish);
        refused("roster $A allowance act", cases[i].reason);
    }
    make_act("act", &usual);
    done("roster $A suspend urn:signpost:demo:administrator:ben");
    refused("roster $A allowance act", "signature 2");
    done("roster $A resume urn:signpost:demo:administrator:ben");
    refused("roster $A allowance", "takes one file");
    refused("roster $A allowance jo.crt", "jo.crt");
    cr_expect_eq(roster_version(), 3);
    done("roster $A allowance act");
}
