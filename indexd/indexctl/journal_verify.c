// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "indexd/indexctl/journal.h"
#include "indexd/indexctl/journal_source.h"
#include "indexd/indexctl/request.h"
#include "indexd/log/audit.h"
#include "indexd/log/witnesses.h"

struct verification {
    struct source source;
    bool ask; // the key holders
    struct option_list heads;
    struct trust trust;
    struct audit audit;
    size_t asked, answered; // key holders
};

static err_t add_files(struct verification *verification) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < verification->heads.count; i++) {
        struct buf note = {0};
        err = file_read(verification->heads.items[i], CHECKPOINT_MAX, &note);
        if (err == OK) {
            err = audit_add(&verification->audit, buf_bytes(&note), verification->heads.items[i]);
        }
        buf_free(&note);
    }
    return err;
}

// Whatever t holders have cosigned, one of any n - t + 1 has: fewer answers could hide it.
static err_t enough_answered(const struct verification *verification) {
    const struct trust *trust = &verification->trust;
    size_t needed = trust->holder_count - trust->threshold + 1;
    return verification->answered >= needed
               ? OK
               : err_set(ERR_UNAVAILABLE,
                         "%zu key holders answered, and %zu are needed so that no cosigned head is missed",
                         verification->answered, needed);
}

static err_t add_asked(struct verification *verification) {
    const struct source *source = &verification->source;
    struct descriptor descriptor;
    struct head heads[MAX_HOLDERS] = {0};
    if (!source->descriptor || !source->ca || !source->certificate || !source->key) {
        return err_set(ERR_INPUT, "to ask the key holders takes --descriptor, --ca, --certificate and --key");
    }
    err_t err = descriptor_load(source->descriptor, &verification->trust, clock_now_s(&clock_system), &descriptor);
    if (err != OK) {
        return err;
    }
    const struct auditing auditing = {&verification->trust, &descriptor, source->ca,
                                      source->certificate,  source->key, source->connect_to};
    verification->asked = descriptor.holder_count;
    err = witnesses_ask(&auditing, &verification->audit.log, heads, &verification->answered);
    for (size_t i = 0; err == OK && i < descriptor.holder_count; i++) {
        char label[48];
        (void)snprintf(label, sizeof label, "the head that holder %zu has cosigned", i + 1);
        err = heads[i].note.len == 0 ? OK : audit_add(&verification->audit, buf_bytes(&heads[i].note), label);
    }
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        buf_free(&heads[i].note);
    }
    return err == OK ? enough_answered(verification) : err;
}

static err_t verify(struct verification *verification) {
    const struct source *source = &verification->source;
    if (!source->trust) {
        return err_set(ERR_INPUT, "--trust is needed: the file with the public keys of holders and journal");
    }
    err_t err = trust_load(source->trust, &verification->trust);
    if (err == OK) {
        err = audit_begin(&verification->audit, &verification->trust, source->folder);
    }
    if (err == OK) {
        err = add_files(verification);
    }
    if (err == OK && verification->ask) {
        err = add_asked(verification);
    }
    return err == OK ? audit_run(&verification->audit, source->folder) : err;
}

static void print_json(const struct verification *verification, const char *at) {
    const struct audit *audit = &verification->audit;
    json_t *found =
        json_pack("{s:s, s:I, s:I, s:I, s:s, s:b, s:I, s:I}", "log", audit->log.name, "records",
                  (json_int_t)audit->records, "cosigned_records", (json_int_t)audit->cosigned, "cosignatures",
                  (json_int_t)audit->cosignatures, "cosigned_at", at, "more_records", audit->more, "holders_asked",
                  (json_int_t)verification->asked, "holders_answered", (json_int_t)verification->answered);
    json_dumpf(found, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(found);
}

static void print_found(const struct verification *verification) {
    const struct audit *audit = &verification->audit;
    char at[CLOCK_TEXT_SIZE];
    clock_format(audit->cosigned_at, at);
    if (verification->source.json) {
        print_json(verification, at);
        return;
    }
    printf("%s: records 1 to %llu are whole, in their order and complete\n", audit->log.name,
           (unsigned long long)audit->records);
    printf("cosigned: records 1 to %llu, by %zu key holders (%zu needed), at %s\n", (unsigned long long)audit->cosigned,
           audit->cosignatures, verification->trust.threshold, at);
    if (audit->records > audit->cosigned) {
        printf("not yet cosigned by enough: records %llu to %llu\n", (unsigned long long)audit->cosigned + 1,
               (unsigned long long)audit->records);
    }
    if (audit->more) {
        printf("records follow that no head covers yet\n");
    }
    if (verification->asked > 0) {
        printf("key holders: %zu of %zu showed no head that goes further\n", verification->answered,
               verification->asked);
    } else if (verification->heads.count == 0) {
        printf("Neither key holders nor heads of your own were asked: a journal that was cut back together with its "
               "heads would not show. See --witnesses and --head.\n");
    }
}

int run_journal_verify(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal verify", "--config FILE | --export FOLDER --trust FILE",
        "Verifies the journal with public keys alone: that its records are those of its signed and cosigned heads, and "
        "that it bears out every head that key holders or files show. Finds any record that was changed, removed, put "
        "in, moved or cut off.",
        "Exit codes: 0 whole, 2 not whole, or it could not be told."};
    static struct verification verification;
    struct source *source = &verification.source;
    const struct option_row rows[] = {
        SOURCE_ROWS(source),
        {"trust", "FILE", OPTION_TEXT, &source->trust, 0, 0, "The trust file: public keys of key holders and journal."},
        {"head", "FILE", OPTION_LIST, &verification.heads, 0, 0,
         "A checkpoint that somebody kept or got from a key holder; the journal must bear it out. May be repeated."},
        {"witnesses", NULL, OPTION_FLAG, &verification.ask, 0, 0,
         "Ask the key holders for the last head each has seen."},
        {"descriptor", "FILE", OPTION_TEXT, &source->descriptor, 0, 0, "With --export, to ask: the scheme descriptor."},
        {"ca", "FILE", OPTION_TEXT, &source->ca, 0, 0, "The scheme's CA certificate."},
        {"certificate", "FILE", OPTION_TEXT, &source->certificate, 0, 0, "The auditor's certificate."},
        {"key", "FILE", OPTION_TEXT, &source->key, 0, 0, "Its private key."},
        {"connect-to", "LIST", OPTION_TEXT, &source->connect_to, 0, 0, "As the setting connect_to of indexd."},
    };
    int exit_code = source_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], 0, source);
    if (exit_code == GO_ON) {
        err_t err = verify(&verification);
        exit_code = err ? request_fail(err, "the journal is not verified") : DONE;
        if (!err) {
            print_found(&verification);
        }
    }
    source_free(source);
    return exit_code;
}
