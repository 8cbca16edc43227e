// SPDX-License-Identifier: Apache-2.0
// indexctl decommission: an index ends. Each call goes on where the last one came to: the act, the destruction, the
// certificate.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "indexd/decommission.h"
#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"
#include "proto/act.h"
#include "proto/receipt.h"

#define CERTIFICATE_TYPE "signpost-destruction"
#define CHECKPOINT_MAX (64 * 1024)

struct ending { // one run
    struct request request;
    struct signing signing;
    struct option_list copies, receipts;
    const char *certificate;
    struct decommission mark;
    size_t destroyed[DESTROYED_COUNT];
};

// Waits until the daemon, which was told to stop, has let go of the folder.
static err_t await_folder(const char *store, int *out) {
    int fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(ERR_IO, "%s: %s", store, strerror(errno));
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            close(fd);
            return err_set(ERR_IO, "%s: %s", store, strerror(errno));
        }
    }
    *out = fd;
    return OK;
}

// The act, where the store bears no mark yet. *out_written: it went to a file, for another person to sign.
static err_t end_service(struct ending *ending, bool *out_written) {
    json_t *reply = NULL;
    err_t err = signing_perform(&ending->request, &ending->signing, "decommission", json_object(), NULL, &reply);
    *out_written = !err && !reply;
    json_decref(reply);
    return err;
}

static err_t destroy(struct ending *ending) {
    const char *store = ending->request.settings.store;
    int lock = -1;
    err_t err = await_folder(store, &lock);
    if (!err) {
        err = decommission_destroy(store, ending->copies.items, ending->copies.count, ending->destroyed);
        close(lock);
    }
    for (size_t i = 0; !err && i < DESTROYED_COUNT; i++) {
        printf("destroyed %zu %s\n", ending->destroyed[i], destroyed_words[i]);
    }
    return err;
}

// ---- the certificate

static err_t add_receipt(const struct ending *ending, const struct trust *trust, const char *path, json_t *texts,
                         struct receipt *out) {
    struct buf text = {0};
    err_t err = receipt_load(path, trust->holders, trust->holder_count, out);
    if (!err && strcmp(out->scheme, ending->mark.scheme) != 0) {
        err = err_set(ERR_INPUT, "%s: of another scheme", path);
    }
    if (!err) {
        err = file_read(path, MAX_RECEIPT, &text);
    }
    if (!err && json_array_append_new(texts, json_stringn((const char *)text.data, text.len)) != 0) {
        err = err_set(ERR_MEMORY, "no memory for the receipts");
    }
    buf_free(&text);
    return err;
}

static err_t read_receipts(const struct ending *ending, json_t *texts) {
    struct trust trust;
    struct receipt receipts[MAX_HOLDERS];
    err_t err = trust_load(ending->request.settings.server.trust, &trust);
    if (!err && ending->receipts.count > MAX_HOLDERS) {
        err = err_set(ERR_INPUT, "--receipt: one for each key holder");
    }
    for (size_t i = 0; !err && i < ending->receipts.count; i++) {
        err = add_receipt(ending, &trust, ending->receipts.items[i], texts, &receipts[i]);
    }
    if (err) {
        return err;
    }
    size_t needed = trust.holder_count - trust.threshold + 1;
    for (size_t i = 0; i < ending->mark.epochs.count; i++) { // two, while the scheme's key is exchanged
        size_t given = receipt_holders(receipts, ending->receipts.count, ending->mark.epochs.numbers[i]);
        if (given < needed) {
            return err_set(
                ERR_UNAVAILABLE,
                "%zu of the %zu receipts that are needed: %zu of %zu key holders must have destroyed their "
                "shares of epoch %u (ceremony destroy) before nobody can use the key any more; then run this again",
                given, needed, needed, trust.holder_count, (unsigned)ending->mark.epochs.numbers[i]);
        }
    }
    return OK;
}

// The last head of the journal that enough key holders cosigned; null where there is none.
static err_t read_checkpoint(const char *store, json_t **out) {
    char path[PATH_MAX];
    struct buf text = {0};
    *out = json_null();
    if (snprintf(path, sizeof path, "%s/log/cosigned", store) >= (int)sizeof path) {
        return err_set(ERR_INPUT, "the path of the store is too long");
    }
    err_t err = file_read(path, CHECKPOINT_MAX, &text);
    if (!err) {
        *out = json_stringn((const char *)text.data, text.len);
    }
    buf_free(&text);
    return err == ERR_NOT_FOUND || !err ? OK : err;
}

static json_t *destroyed_json(const struct ending *ending) {
    json_t *object = json_object();
    for (size_t i = 0; i < DESTROYED_COUNT; i++) {
        json_object_set_new(object, destroyed_words[i], json_integer((json_int_t)ending->destroyed[i]));
    }
    return object;
}

static err_t make(const struct ending *ending, struct buf *out) {
    const struct decommission *mark = &ending->mark;
    json_t *receipts = json_array();
    json_t *checkpoint = NULL;
    struct buf text = {0};
    err_t err = read_receipts(ending, receipts);
    if (!err) {
        err = read_checkpoint(ending->request.settings.store, &checkpoint);
    }
    if (err) {
        json_decref(receipts);
        return err;
    }
    json_t *json = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:o, s:O, s:o, s:o}", "scheme", mark->scheme, "epochs",
        decommission_epochs(mark), "store_id", json_hex(mark->store_id, sizeof mark->store_id), "decommissioned",
        json_time(mark->time), "issued", json_time(clock_now_s(&clock_system)), "held", "journal_records",
        (json_int_t)mark->records, "children_tags", (json_int_t)mark->keys, "entries", (json_int_t)mark->entries,
        "destroyed", destroyed_json(ending), "act", mark->act, "receipts", receipts, "checkpoint", checkpoint);
    err = json ? json_write(json, false, &text) : err_set(ERR_MEMORY, "no memory for the certificate");
    if (!err) {
        err = jws_new(buf_bytes(&text), out);
    }
    json_decref(json);
    buf_free(&text);
    return err;
}

static err_t certify(const struct ending *ending) {
    struct buf document = {0};
    err_t err = OK;
    if (ending->signing.certificates.count == 0 || ending->signing.certificates.count != ending->signing.keys.count) {
        err = err_set(ERR_INPUT, "a certificate is signed: give --as and --key");
    }
    if (!err) {
        err = make(ending, &document);
    }
    for (size_t i = 0; !err && i < ending->signing.certificates.count; i++) {
        err = act_sign_as(&document, CERTIFICATE_TYPE, ending->signing.certificates.items[i],
                          ending->signing.keys.items[i]);
    }
    if (!err) {
        buf_put_str(&document, "\n");
        err = file_create(ending->certificate, 0644, buf_bytes(&document));
    }
    buf_free(&document);
    return err;
}

// ---- the whole

static int run(struct ending *ending) {
    const char *store = ending->request.settings.store;
    bool written = false;
    err_t err = decommission_load(store, &ending->mark);
    if (err == ERR_NOT_FOUND) {
        err = end_service(ending, &written);
        if (!err && written) {
            printf("written to %s\n", ending->signing.out);
            return DONE;
        }
        if (!err) {
            printf("decommissioned: the index refuses everybody and stops\n");
            err = decommission_load(store, &ending->mark);
        }
    }
    if (err) {
        return request_fail(err, "not decommissioned");
    }
    err = destroy(ending);
    if (err) {
        return request_fail(err, "decommissioned, but not everything was destroyed; run this again");
    }
    err = ending->certificate ? certify(ending) : err_set(ERR_INPUT, "run this again with --receipt and --certificate");
    if (err) {
        return request_fail(err, "decommissioned and destroyed, but no certificate yet");
    }
    printf("certificate of destruction: %s\n", ending->certificate);
    return DONE;
}

int run_decommission(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl decommission",
        "--config FILE --reason TEXT --as CERTIFICATE --key KEY ... [--copy PATH] [--receipt FILE] [--certificate "
        "FILE]",
        "Ends an index for good: it refuses everybody from then on and never starts again; pepper, segment keys, "
        "database "
        "and the copies that are named are destroyed. Two administrators sign. With the receipts of n - t + 1 key "
        "holders (ceremony destroy) it issues the certificate of destruction.",
        "Every call goes on where the last one came to. The sealed journal and its proofs stay; nobody can read them.\n"
        "Copies that are not named here, such as backups on other machines, are the operator's to destroy.\n"
        "Exit codes: 0 done, or written to --out for another signature; 2 something is left to do, and which."};
    struct ending ending = {0};
    const struct option_row rows[] = {
        {"copy", "PATH", OPTION_LIST, &ending.copies, 0, 0,
         "A copy of the store or of its pepper, to be destroyed too."},
        {"receipt", "FILE", OPTION_LIST, &ending.receipts, 0, 0, "A key holder's receipt; once for each."},
        {"certificate", "FILE", OPTION_TEXT, &ending.certificate, 0, 0, "Where to write the certificate."},
        ACT_ROWS(&ending.signing),
    };
    int exit_code = request_read(argc, argv, &usage, rows, 3 + ACT_ROW_COUNT, 0, &ending.request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    exit_code = run(&ending);
    json_decref(ending.mark.act);
    request_free(&ending.request);
    return exit_code;
}
