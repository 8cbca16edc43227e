// SPDX-License-Identifier: Apache-2.0
// `ceremony inbox`: a key holder opens its inbox for a refresh or a rotation.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/holder_side.h"
#include "keys/ceremony/inbox.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/show.h"

struct inbox_act {
    struct holder_side side;
    enum seal_cost cost;
    char public_path[PATH_MAX], secret_path[PATH_MAX];
    struct inbox inbox;
    uint8_t *secret; // locked memory
    struct outputs outputs;
};

// An inbox that is open already belongs to a refresh that has begun: a second one would make its boxes unreadable.
static err_t plan_files(struct inbox_act *act) {
    err_t err = holder_side_file(&act->side, "inbox", act->public_path);
    err = err != OK ? err : holder_side_suffix(&act->side, INBOX_SUFFIX, act->secret_path);
    err = err != OK ? err : outputs_absent(act->secret_path);
    err = err != OK ? err : outputs_absent(act->public_path);
    return err != ERR_EXISTS ? err : err_prefix(err, "an inbox is open already: end that refresh, or remove it");
}

static err_t make(struct inbox_act *act) {
    struct buf note = {0};
    struct inbox *inbox = &act->inbox;
    act->secret = secret_new(INBOX_SECRET_SIZE);
    if (act->secret == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    (void)crypto_box_keypair(inbox->key, act->secret);
    memcpy(inbox->scheme, act->side.share->scheme, sizeof inbox->scheme);
    inbox->holder = act->side.share->holder;
    inbox->epoch = act->side.share->epoch;
    inbox->generation = act->side.share->generation;
    err_t err =
        seal_create(act->secret_path, INBOX_KIND, act->cost, bytes_of(act->side.passphrase, act->side.passphrase_len),
                    bytes_of(act->secret, INBOX_SECRET_SIZE));
    err = err != OK ? err : outputs_add(&act->outputs, act->secret_path);
    err = err != OK ? err : inbox_write(inbox, &act->side.own, act->side.share->note_seed, &note);
    err = err != OK ? err : outputs_create(&act->outputs, act->public_path, 0644, buf_bytes(&note));
    buf_free(&note);
    return err;
}

static err_t inbox_run(const void *options, const struct operands *operands) {
    (void)operands;
    const struct holder_options *given = options;
    struct inbox_act act = {0};
    char digest[SHOW_DIGEST_SIZE];
    err_t err = seal_cost_parse(given->kdf, &act.cost);
    err = err != OK ? err : holder_side_open(given, &act.side);
    err = err != OK ? err : plan_files(&act);
    err = err != OK ? err : make(&act);
    err = outputs_end(&act.outputs, err);
    if (err == OK) {
        show_digest(bytes_of(act.inbox.key, sizeof act.inbox.key), digest);
        printf("Holder %u's inbox is open.\n  fingerprint  %s (read it to the other holders)\n"
               "  %s   for the other holders and the authority\n"
               "  %s   stays here, sealed, until `ceremony accept`\n",
               act.side.share->holder, digest, act.public_path, act.secret_path);
    }
    secret_free(act.secret);
    holder_side_close(&act.side);
    return err;
}

int ceremony_inbox(int argc, char **argv) {
    struct holder_options options = {.kdf = "moderate"};
    const struct option_row rows[] = {
        HOLDER_ROWS(options),
        {"kdf", "COST", OPTION_TEXT, &options.kdf, 0, 0, "of the seal: interactive, moderate (default) or sensitive"},
    };
    const struct command command = {
        .usage = {"ceremony inbox", "--share FILE --trust FILE --present FILE [OPTIONS]",
                  "Run by every key holder when a refresh or a rotation begins: makes the key to which the others seal "
                  "what\nis for this holder alone.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .act = inbox_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
