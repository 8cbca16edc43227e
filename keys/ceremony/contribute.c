// SPDX-License-Identifier: Apache-2.0
// `ceremony contribute`: a key holder gives its part to a refresh.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/contribution.h"
#include "keys/ceremony/holder_side.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/show.h"
#include "keys/refresh.h"

struct contribute {
    struct holder_side side;
    char path[PATH_MAX];
    struct inbox inboxes[MAX_HOLDERS];
    struct contribution contribution;
    uint8_t (*values)[OPRF_SCALAR_SIZE]; // locked memory: n of them
};

// Named after the generation: one of an earlier refresh may lie there still.
static err_t plan_file(struct contribute *act) {
    char kind[32];
    (void)snprintf(kind, sizeof kind, "contribution-%" PRIu32, act->side.present.generation + 1);
    err_t err = holder_side_file(&act->side, kind, act->path);
    return err != OK ? err : outputs_absent(act->path);
}

static err_t read_inboxes(struct contribute *act, const struct operands *operands) {
    const struct descriptor *present = &act->side.present;
    struct inbox expected = {.epoch = present->epoch, .generation = present->generation};
    memcpy(expected.scheme, present->scheme, sizeof expected.scheme);
    return inbox_load_all(operands->items, operands->count, &act->side.trust, &expected, act->inboxes);
}

static err_t make(struct contribute *act) {
    const struct descriptor *present = &act->side.present;
    struct contribution *contribution = &act->contribution;
    memcpy(contribution->scheme, present->scheme, sizeof contribution->scheme);
    contribution->holder = act->side.share->holder;
    contribution->epoch = present->epoch;
    contribution->generation = (uint64_t)present->generation + 1;
    contribution->commitment_count = present->threshold - 1;
    act->values = secret_new(MAX_HOLDERS * sizeof *act->values);
    if (act->values == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    err_t err = refresh_make(present->threshold, present->holder_count, act->values, contribution->commitments);
    return err != OK ? err
                     : contribution_seal(act->inboxes, (const uint8_t(*)[OPRF_SCALAR_SIZE])act->values,
                                         present->holder_count, contribution);
}

static err_t write(struct contribute *act) {
    struct buf note = {0};
    struct outputs outputs = {0};
    err_t err = contribution_write(&act->contribution, &act->side.own, act->side.share->note_seed, &note);
    err = err != OK ? err : outputs_create(&outputs, act->path, 0644, buf_bytes(&note));
    buf_free(&note);
    return outputs_end(&outputs, err);
}

static void tell(const struct contribute *act) {
    printf("Holder %u has contributed to generation %u.\n  %s   for all holders and the authority\n"
           "It was sealed to these inboxes; each holder must know its own:\n",
           act->side.share->holder, (unsigned)act->contribution.generation, act->path);
    for (size_t i = 0; i < act->contribution.box_count; i++) {
        char digest[SHOW_DIGEST_SIZE];
        show_digest(bytes_of(act->inboxes[i].key, INBOX_KEY_SIZE), digest);
        printf("  holder %-2zu    %s\n", i + 1, digest);
    }
}

static err_t contribute_run(const void *options, const struct operands *operands) {
    struct contribute act = {0};
    err_t err = holder_side_open(options, &act.side);
    err = err != OK ? err : plan_file(&act);
    err = err != OK ? err : read_inboxes(&act, operands);
    err = err != OK ? err : make(&act);
    err = err != OK ? err : write(&act);
    if (err == OK) {
        tell(&act);
    }
    secret_free(act.values);
    holder_side_close(&act.side);
    return err;
}

int ceremony_contribute(int argc, char **argv) {
    struct holder_options options = {0};
    const struct option_row rows[] = {HOLDER_ROWS(options)};
    const struct command command = {
        .usage =
            {"ceremony contribute", "--share FILE --trust FILE --present FILE [--passphrase-file FILE] INBOX...",
             "Run by at least t key holders, with the inboxes of all: what the new shares are made of. Its secrets "
             "are\nsealed to the inboxes and forgotten.",
             CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = MAX_HOLDERS,
        .act = contribute_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
