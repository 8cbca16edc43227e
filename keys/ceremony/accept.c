// SPDX-License-Identifier: Apache-2.0
// `ceremony accept`: a key holder makes its next share of what the others have sealed to its inbox, signs the
// descriptor that goes with it, and destroys the inbox. May be repeated at any point where it was cut off.
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/contributions.h"
#include "keys/ceremony/descriptor_file.h"
#include "keys/ceremony/holder_side.h"
#include "keys/ceremony/show.h"
#include "keys/refresh.h"

struct accept_options {
    struct holder_options holder;
    const char *descriptor;
};

struct accept {
    const struct accept_options *given;
    int64_t now_s;
    struct holder_side side;
    enum seal_cost cost;
    char next_path[PATH_MAX], inbox_path[PATH_MAX], public_path[PATH_MAX];
    struct buf whole; // the next descriptor's file
    struct descriptor next;
    struct contributions contributions;
    struct share *share; // the next one; locked memory
    bool made_before, signed_before;
};

static struct bytes passphrase_of(const struct accept *accept) {
    return bytes_of(accept->side.passphrase, accept->side.passphrase_len);
}

static err_t read_next(struct accept *accept) {
    const char *path = accept->given->descriptor;
    err_t err = descriptor_file_read(path, &accept->side.trust.authority, &accept->whole, &accept->next);
    err = err != OK ? err : descriptor_matches_trust(&accept->next, &accept->side.trust);
    err = err != OK ? err : descriptor_follows(&accept->next, &accept->side.present);
    if (err == OK && accept->now_s >= accept->next.expires) {
        err = err_set(ERR_EXPIRED, "%s", path);
    }
    return err;
}

static err_t plan_files(struct accept *accept) {
    err_t err = holder_side_suffix(&accept->side, SHARE_NEXT_SUFFIX, accept->next_path);
    err = err != OK ? err : holder_side_suffix(&accept->side, INBOX_SUFFIX, accept->inbox_path);
    return err != OK ? err : holder_side_file(&accept->side, "inbox", accept->public_path);
}

// The next share.

static err_t begin_share(struct accept *accept) {
    accept->share = secret_new(sizeof *accept->share);
    if (accept->share == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    *accept->share = *accept->side.share;
    accept->share->epoch = accept->next.epoch;
    accept->share->generation = accept->next.generation;
    share_sharing(&accept->next, accept->share->sharing);
    return OK;
}

// The authority's, of a rotation: the value is the share itself.
static err_t take_dealt(struct accept *accept, const uint8_t *inbox) {
    return contribution_unseal(&accept->contributions.items[0], accept->share->holder, inbox, accept->share->scalar);
}

static bool rotates(const struct accept *accept) {
    return accept->next.epoch != accept->side.present.epoch;
}

// A value that does not fit is told with the name of who gave it.
static err_t add_value(struct accept *accept, const struct contribution *one, const uint8_t *inbox, uint8_t *value) {
    size_t holder = accept->share->holder;
    err_t err = contribution_unseal(one, holder, inbox, value);
    err = err != OK ? err
                    : refresh_check((const uint8_t(*)[OPRF_ELEMENT_SIZE])one->commitments, accept->next.threshold,
                                    holder, value);
    if (err != OK) {
        return err_prefix(err, "the contribution of holder %u cannot be used: refresh again without it",
                          (unsigned)one->holder);
    }
    refresh_share(accept->share->scalar, value);
    return OK;
}

static err_t add_values(struct accept *accept, const uint8_t *inbox) {
    uint8_t *value = secret_new(OPRF_SCALAR_SIZE);
    err_t err = value == NULL ? err_set(ERR_MEMORY, "no memory that can be locked") : OK;
    for (size_t i = 0; err == OK && i < accept->contributions.count; i++) {
        err = add_value(accept, &accept->contributions.items[i], inbox, value);
    }
    secret_free(value);
    return err;
}

// The shares of a rotation: one file, of the authority, for this epoch. That a share fits is checked when it is made.
static err_t load_dealt(struct accept *accept, const struct operands *operands) {
    struct contribution *dealt = &accept->contributions.items[0];
    if (operands->count != 1) {
        return err_set(ERR_INPUT, "a rotation has one file of shares, the authority's");
    }
    err_t err = contribution_load(operands->items[0], &accept->side.trust, dealt);
    if (err == OK && (dealt->holder != 0 || strcmp(dealt->scheme, accept->next.scheme) != 0 ||
                      dealt->epoch != accept->next.epoch || dealt->generation != accept->next.generation)) {
        err = err_set(ERR_STALE, "%s: not the authority's shares of epoch %u", operands->items[0], accept->next.epoch);
    }
    accept->contributions.count = 1;
    return err;
}

static err_t load_given(struct accept *accept, const struct operands *operands) {
    return rotates(accept) ? load_dealt(accept, operands)
                           : contributions_load(operands->items, operands->count, &accept->side.trust,
                                                &accept->side.present, &accept->contributions);
}

static err_t check_commitments(const struct accept *accept) {
    struct threshold_commitments sum;
    if (rotates(accept)) {
        return OK;
    }
    err_t err = contributions_commit(&accept->contributions, &accept->side.present, &sum);
    if (err == OK && memcmp(sum.points, accept->next.commitments, sum.t * ELEMENT_SIZE) != 0) {
        err = err_set(ERR_PROOF, "%s is not made of these contributions", accept->given->descriptor);
    }
    return err;
}

static err_t make_share(struct accept *accept) {
    uint8_t *inbox = NULL;
    size_t len = 0;
    err_t err = seal_open(accept->inbox_path, INBOX_KIND, passphrase_of(accept), &inbox, &len);
    if (err == OK && len != INBOX_SECRET_SIZE) {
        err = err_set(ERR_CORRUPT, "%s: not an inbox", accept->inbox_path);
    }
    err = err != OK ? err : begin_share(accept);
    if (err == OK) {
        err = rotates(accept) ? take_dealt(accept, inbox) : add_values(accept, inbox);
    }
    err = err != OK ? err : share_belongs(accept->share, &accept->next);
    secret_free(inbox);
    return err;
}

// One that is there already, from an attempt that was cut off, must be the very share.
static err_t take_share(struct accept *accept) {
    err_t err = share_open(accept->next_path, passphrase_of(accept), &accept->share);
    if (err == OK) {
        accept->made_before = true;
        err = share_belongs(accept->share, &accept->next);
        return err == OK
                   ? OK
                   : err_prefix(err,
                                "%s is there already, and is another share: remove it if that refresh was given up",
                                accept->next_path);
    }
    return err == ERR_NOT_FOUND ? make_share(accept) : err;
}

// The end.

static err_t show_and_check(struct accept *accept) {
    struct note note;
    struct descriptor_signers signers;
    err_t err = note_parse(buf_bytes(&accept->whole), &note);
    if (err != OK) {
        return err;
    }
    descriptor_signers(&note, &accept->side.trust, &signers);
    accept->signed_before = signers.holder[accept->side.share->holder - 1];
    printf("The descriptor %s says:\n", accept->given->descriptor);
    show_descriptor(stdout, &accept->next, accept->now_s);
    show_signers(stdout, &signers, &accept->side.trust);
    return OK;
}

static err_t destroy_if_there(const char *path) {
    err_t err = file_destroy(path);
    return err == ERR_NOT_FOUND ? OK : err;
}

// The share first: a holder that has signed has its share.
static err_t finish(struct accept *accept) {
    err_t err =
        accept->made_before ? OK : share_seal(accept->next_path, accept->share, accept->cost, passphrase_of(accept));
    if (err == OK && !accept->signed_before) {
        err = descriptor_file_sign(accept->given->descriptor, buf_bytes(&accept->whole), &accept->side.own,
                                   accept->side.share->note_seed);
    }
    err = err != OK ? err : destroy_if_there(accept->inbox_path);
    return err != OK ? err : destroy_if_there(accept->public_path);
}

static err_t accept_act(struct accept *accept, const struct operands *operands) {
    err_t err = command_need("descriptor", accept->given->descriptor);
    err = err != OK ? err : seal_cost_parse(accept->given->holder.kdf, &accept->cost);
    err = err != OK ? err : holder_side_open(&accept->given->holder, &accept->side);
    err = err != OK ? err : plan_files(accept);
    err = err != OK ? err : read_next(accept);
    err = err != OK ? err : load_given(accept, operands);
    err = err != OK ? err : check_commitments(accept);
    err = err != OK ? err : take_share(accept);
    err = err != OK ? err : show_and_check(accept);
    return err != OK ? err : finish(accept);
}

static err_t accept_run(const void *options, const struct operands *operands) {
    struct accept accept = {.given = options, .now_s = clock_now_s(&clock_system)};
    err_t err = accept_act(&accept, operands);
    if (err == OK) {
        printf("\nHolder %u has its share of epoch %u, generation %u, and has signed.\n  %s   the new share, under the "
               "same "
               "passphrase\n\nNext: give the descriptor on, until at least %zu holders have signed it in all. Then put "
               "it in force and restart\nkeyholderd, which serves both generations and destroys the old share when its "
               "time is over.\n",
               accept.share->holder, accept.share->epoch, accept.share->generation, accept.next_path,
               accept.next.threshold);
    }
    secret_free(accept.share);
    buf_free(&accept.whole);
    holder_side_close(&accept.side);
    return err;
}

int ceremony_accept(int argc, char **argv) {
    struct accept_options options = {.holder.kdf = "moderate"};
    const struct option_row rows[] = {
        HOLDER_ROWS(options.holder),
        {"descriptor", "FILE", OPTION_TEXT, &options.descriptor, 0, 0, "the next descriptor, signed by the authority"},
        {"kdf", "COST", OPTION_TEXT, &options.holder.kdf, 0, 0,
         "of the seal: interactive, moderate (default) or sensitive"},
    };
    const struct command command = {
        .usage = {"ceremony accept",
                  "--share FILE --trust FILE --present FILE --descriptor FILE [OPTIONS] CONTRIBUTION...",
                  "Run by every key holder: makes its next share, checks it against the next descriptor, signs that, "
                  "and\ndestroys the inbox.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = MAX_HOLDERS,
        .act = accept_run,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
