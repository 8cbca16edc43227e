// SPDX-License-Identifier: Apache-2.0
// `ceremony describe`: verifies the signed files as every party does, and explains them. It goes on after a failure, so
// that one run tells all that is wrong; the exit code tells that something is.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/show.h"
#include "keys/descriptor.h"
#include "keys/threshold.h"
#include "proto/roster.h"

struct describe_options {
    const char *trust, *descriptor, *roster;
};

struct describe {
    const struct describe_options *given;
    int64_t now_s;
    struct trust trust;
    char scheme[MAX_ID + 1];
    size_t failures;
};

// A finding is told where it belongs, in the report; what is wrong is also the program's failure.
static void found(struct describe *describe, err_t err) {
    if (err != OK) {
        printf("  NOT VALID    %s: %s\n", err_text(err), err_detail());
        describe->failures++;
    }
}

static void describe_key(const char *what, const struct note_key *key) {
    char vkey[NOTE_VKEY_SIZE];
    note_key_format(key, vkey);
    printf("  %-12s %s\n", what, vkey);
}

static void describe_trust(const struct describe *describe) {
    const struct trust *trust = &describe->trust;
    printf("Trust file %s\n  threshold    %zu of %zu holders\n", describe->given->trust, trust->threshold,
           trust->holder_count);
    describe_key("authority", &trust->authority);
    for (size_t i = 0; i < trust->holder_count; i++) {
        char what[32];
        (void)snprintf(what, sizeof what, "holder %zu", i + 1);
        describe_key(what, &trust->holders[i]);
    }
}

static err_t check_commitments(const struct descriptor *d) {
    struct threshold_commitments commitments = {.t = d->threshold};
    memcpy(commitments.points, d->commitments, d->threshold * ELEMENT_SIZE);
    err_t err = OK;
    for (size_t i = 0; err == OK && i < d->threshold; i++) {
        err = oprf_check_element(d->commitments[i]);
    }
    for (size_t i = 1; err == OK && i <= d->holder_count; i++) {
        uint8_t public_key[OPRF_ELEMENT_SIZE];
        err = threshold_public_key(&commitments, i, public_key);
    }
    return err == OK ? OK : err_prefix(err, "commitments");
}

// What the authority has not signed is not even shown.
static void describe_note(struct describe *describe, struct bytes whole) {
    struct note note;
    struct descriptor_signers signers;
    struct descriptor descriptor;
    err_t err = note_parse(whole, &note);
    if (err != OK) {
        found(describe, err);
        return;
    }
    descriptor_signers(&note, &describe->trust, &signers);
    show_signers(stdout, &signers, &describe->trust);
    if (signers.authority && descriptor_parse(note.text, &descriptor) == OK) {
        show_descriptor(stdout, &descriptor, describe->now_s);
        memcpy(describe->scheme, descriptor.scheme, sizeof describe->scheme);
        found(describe, check_commitments(&descriptor));
    }
    found(describe, descriptor_open(whole, &describe->trust, describe->now_s, &descriptor));
}

static void describe_descriptor(struct describe *describe) {
    struct buf whole = {0};
    printf("\nDescriptor %s\n", describe->given->descriptor);
    err_t err = file_read(describe->given->descriptor, MAX_DESCRIPTOR, &whole);
    if (err == OK) {
        describe_note(describe, buf_bytes(&whole));
    } else {
        found(describe, err);
    }
    buf_free(&whole);
}

static void describe_roles(const struct roster *roster, int64_t now_s) {
    size_t suspended = 0, expired = 0;
    for (unsigned bit = 1; bit < 1U << ROLE_COUNT; bit <<= 1) {
        size_t count = 0;
        for (size_t i = 0; i < roster->count; i++) {
            count += (roster->entries[i].roles & bit) != 0 ? 1 : 0;
        }
        printf("    %-24s %zu\n", role_text((enum role)bit), count);
    }
    for (size_t i = 0; i < roster->count; i++) {
        suspended += roster->entries[i].suspended ? 1 : 0;
        expired += now_s >= roster->entries[i].valid_until ? 1 : 0;
    }
    printf("    suspended %zu, expired %zu, barred %zu\n", suspended, expired, roster->barred_count);
}

static void describe_roster(struct describe *describe) {
    struct roster *roster = NULL;
    char until[SHOW_UNTIL_SIZE];
    printf("\nRoster %s\n", describe->given->roster);
    err_t err = describe->scheme[0] != '\0' ? OK : folder_scheme_of(&describe->trust.authority, describe->scheme);
    err = err != OK ? err : roster_load(describe->given->roster, &describe->trust.authority, describe->scheme, &roster);
    if (err != OK) {
        found(describe, err);
        return;
    }
    show_until(roster->expires, describe->now_s, until);
    printf("  signed by    %s\n  scheme       %s, roster version %" PRIu64 "\n  expires      %s\n  entries      %zu\n",
           describe->trust.authority.name, roster->scheme, roster->version, until, roster->count);
    describe_roles(roster, describe->now_s);
    if (describe->now_s >= roster->expires) {
        found(describe, err_set(ERR_EXPIRED, "%s", describe->given->roster));
    }
    roster_free(roster);
}

static err_t describe_act(const void *options, const struct operands *operands) {
    (void)operands;
    struct describe describe = {.given = options, .now_s = clock_now_s(&clock_system)};
    err_t err = command_need("trust", describe.given->trust);
    err = err != OK ? err : trust_load(describe.given->trust, &describe.trust);
    if (err != OK) {
        return err;
    }
    describe_trust(&describe);
    if (describe.given->descriptor != NULL) {
        describe_descriptor(&describe);
    }
    if (describe.given->roster != NULL) {
        describe_roster(&describe);
    }
    if (describe.failures == 0) {
        printf("\nAll valid.\n");
        return OK;
    }
    // Repeats the last finding on standard error, where failures are looked for.
    char last[512];
    (void)snprintf(last, sizeof last, "%s", err_detail());
    return err_set(ERR_SIGNATURE, "%zu findings, the last: %s", describe.failures, last);
}

int ceremony_describe(int argc, char **argv) {
    struct describe_options options = {0};
    const struct option_row rows[] = {
        {"trust", "FILE", OPTION_TEXT, &options.trust, 0, 0, "the trust file, from a source that you trust"},
        {"descriptor", "FILE", OPTION_TEXT, &options.descriptor, 0, 0, "the descriptor to verify and explain"},
        {"roster", "FILE", OPTION_TEXT, &options.roster, 0, 0, "the roster to verify and explain"},
    };
    const struct command command = {
        .usage = {"ceremony describe", "--trust FILE [--descriptor FILE] [--roster FILE]",
                  "Verifies the scheme's signed files as every party does, and says what they say.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .act = describe_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
