// SPDX-License-Identifier: Apache-2.0
// `ceremony deal`: the token key is made, shared among the holders and destroyed; trust file and first descriptor.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/dealing.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/matching_file.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/show.h"
#include "keys/descriptor.h"
#include "keys/share.h"

struct deal_options {
    const char *dir, *matching, *passphrase_file, *kdf;
    int64_t threshold, holders, epoch, version, days;
    struct option_list holder_addresses, indexes, holder_passphrase_files;
};

struct deal {
    const struct deal_options *given;
    struct folder folder;
    enum seal_cost cost;
    struct descriptor descriptor;
    struct trust trust;
    uint8_t *seed; // the authority's; locked
    uint8_t *passphrases[MAX_HOLDERS];
    size_t passphrase_len[MAX_HOLDERS];
    struct dealing *dealing;
    struct outputs outputs;
};

// Before anything is asked or made.

static err_t check_options(const struct deal_options *given) {
    err_t err = command_need("dir", given->dir);
    err = err != OK ? err : command_need("matching", given->matching);
    if (err != OK) {
        return err;
    }
    if (given->threshold == 0 || given->holders == 0) {
        return err_set(ERR_INPUT, "-t and -n are needed");
    }
    if (given->threshold > given->holders) {
        return err_set(ERR_INPUT, "-t %" PRId64 " is more than -n %" PRId64 ": no holders could ever answer",
                       given->threshold, given->holders);
    }
    if (given->holder_addresses.count != (size_t)given->holders) {
        return err_set(ERR_INPUT, "--holder is given %zu times for %" PRId64 " holders", given->holder_addresses.count,
                       given->holders);
    }
    size_t files = given->holder_passphrase_files.count;
    if (files != 0 && files != (size_t)given->holders) {
        return err_set(ERR_INPUT, "--holder-passphrase-file is given %zu times for %" PRId64 " holders", files,
                       given->holders);
    }
    return OK;
}

static err_t check_not_dealt(const char *dir) {
    char path[PATH_MAX];
    err_t err = folder_path(dir, path, FOLDER_TRUST);
    err = err != OK ? err : outputs_absent(path);
    err = err != OK ? err : folder_path(dir, path, FOLDER_DESCRIPTOR);
    err = err != OK ? err : outputs_absent(path);
    for (size_t i = 1; err == OK && i <= MAX_HOLDERS; i++) {
        err = folder_path(dir, path, FOLDER_HOLDER "/" FOLDER_SHARE, i);
        err = err != OK ? err : outputs_absent(path);
    }
    return err != ERR_EXISTS ? err : err_prefix(err, "dealt already");
}

static err_t plan_descriptor(struct deal *deal, int64_t now_s) {
    const struct deal_options *given = deal->given;
    struct descriptor *d = &deal->descriptor;
    memcpy(d->scheme, deal->folder.scheme, sizeof d->scheme);
    d->version = (uint64_t)given->version;
    d->issued = now_s;
    d->expires = now_s + given->days * DAY_S;
    d->epoch = (uint32_t)given->epoch;
    d->generation = 1;
    d->threshold = (size_t)given->threshold;
    err_t err = command_addresses("holder", &given->holder_addresses, MAX_HOLDERS, d->holders, &d->holder_count);
    err = err != OK ? err : command_addresses("index", &given->indexes, MAX_INDEXES, d->indexes, &d->index_count);
    return err != OK ? err : matching_read(given->matching, d);
}

// What can be wrong with the plan is told before n people have typed their passphrases; the canaries' tokens, which
// come later, are stood in for.
static err_t check_plan(const struct descriptor *plan) {
    struct descriptor trial = *plan;
    struct buf text = {0};
    for (size_t i = 0; i < trial.slot_count; i++) {
        memset(trial.slots[i].canary_token, 1, TOKEN_SIZE);
    }
    err_t err = descriptor_write(&trial, &text);
    buf_free(&text);
    return err;
}

static err_t ask_holders(struct deal *deal) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < deal->descriptor.holder_count; i++) {
        char prompt[96];
        const struct option_list *files = &deal->given->holder_passphrase_files;
        (void)snprintf(prompt, sizeof prompt, "New passphrase of key holder %zu, who alone may see it: ", i + 1);
        err = seal_passphrase(files->count > 0 ? files->items[i] : NULL, prompt, true, &deal->passphrases[i],
                              &deal->passphrase_len[i]);
    }
    return err;
}

// The act.

static err_t seal_share(struct deal *deal, size_t at) {
    char path[PATH_MAX];
    const struct descriptor *d = &deal->descriptor;
    struct share *share = secret_new(sizeof *share);
    if (share == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    memcpy(share->scheme, d->scheme, sizeof share->scheme);
    share->epoch = d->epoch;
    share->generation = d->generation;
    share->holder = (uint8_t)(at + 1);
    memcpy(share->scalar, deal->dealing->shares[at], sizeof share->scalar);
    memcpy(share->note_seed, deal->dealing->note_seeds[at], sizeof share->note_seed);
    share_sharing(d, share->sharing);
    err_t err = folder_path(deal->folder.dir, path, FOLDER_HOLDER, at + 1);
    err = err != OK ? err : file_make_dir(path);
    err = err != OK ? err : folder_path(deal->folder.dir, path, FOLDER_HOLDER "/" FOLDER_SHARE, at + 1);
    err = err != OK ? err
                    : share_seal(path, share, deal->cost, bytes_of(deal->passphrases[at], deal->passphrase_len[at]));
    err = err != OK ? err : outputs_add(&deal->outputs, path);
    secret_free(share);
    return err;
}

static err_t write_file(struct deal *deal, const char *name, const struct buf *text) {
    char path[PATH_MAX];
    err_t err = folder_path(deal->folder.dir, path, "%s", name);
    err = err != OK ? err : buf_check(text);
    return err != OK ? err : outputs_create(&deal->outputs, path, 0644, buf_bytes(text));
}

static err_t write_trust(struct deal *deal) {
    char vkey[NOTE_VKEY_SIZE];
    struct buf text = {0};
    struct trust *trust = &deal->trust;
    trust->threshold = deal->descriptor.threshold;
    trust->authority = deal->folder.authority;
    trust->holder_count = deal->descriptor.holder_count;
    note_key_format(&trust->authority, vkey);
    buf_printf(&text, "threshold %zu\nauthority %s\n", trust->threshold, vkey);
    err_t err = OK;
    for (size_t i = 0; err == OK && i < trust->holder_count; i++) {
        char name[NOTE_NAME_MAX + 1];
        folder_holder_name(deal->folder.scheme, i + 1, name);
        err = note_key_of_seed(name, deal->dealing->note_seeds[i], &trust->holders[i]);
        if (err == OK) {
            note_key_format(&trust->holders[i], vkey);
            buf_printf(&text, "holder %s\n", vkey);
        }
    }
    err = err != OK ? err : write_file(deal, FOLDER_TRUST, &text);
    buf_free(&text);
    return err;
}

static err_t sign_all(const struct deal *deal, struct bytes text, struct buf *out) {
    err_t err = folder_sign(&deal->folder, deal->seed, text, out);
    for (size_t i = 0; err == OK && i < deal->trust.holder_count; i++) {
        err = note_sign(text, deal->trust.holders[i].name, deal->dealing->note_seeds[i], out);
    }
    return err;
}

// The descriptor is opened again as every client will open it before it is written.
static err_t write_descriptor(struct deal *deal) {
    struct buf text = {0}, note = {0};
    struct descriptor opened;
    err_t err = descriptor_write(&deal->descriptor, &text);
    err = err != OK ? err : sign_all(deal, buf_bytes(&text), &note);
    err = err != OK ? err : buf_check(&note);
    err = err != OK ? err : descriptor_open(buf_bytes(&note), &deal->trust, deal->descriptor.issued, &opened);
    err = err != OK ? err : write_file(deal, FOLDER_DESCRIPTOR, &note);
    buf_free(&text);
    buf_free(&note);
    return err;
}

static err_t make_all(struct deal *deal) {
    err_t err = dealing_make(&deal->descriptor, &deal->dealing);
    for (size_t i = 0; err == OK && i < deal->descriptor.holder_count; i++) {
        err = seal_share(deal, i);
    }
    err = err != OK ? err : write_trust(deal);
    return err != OK ? err : write_descriptor(deal);
}

static void tell(const struct deal *deal) {
    const char *dir = deal->folder.dir;
    size_t n = deal->descriptor.holder_count;
    printf("The token key was made, dealt to %zu holders and destroyed. Any %zu of them can answer together; fewer "
           "cannot.\n"
           "  %s/" FOLDER_DESCRIPTOR "   signed by the authority and all holders\n",
           n, deal->descriptor.threshold, dir);
    show_descriptor(stdout, &deal->descriptor, deal->descriptor.issued);
    printf("  %s/" FOLDER_TRUST "        to be installed with the software, by another way than the descriptor\n"
           "\nNext:\n",
           dir);
    for (size_t i = 1; i <= n; i++) {
        printf("  give %s/" FOLDER_HOLDER "/" FOLDER_SHARE " to key holder %zu in person, and remove it here\n", dir, i,
               i);
    }
    printf("  each holder checks its share by starting its daemon, before the first child is registered\n"
           "  then `ceremony issue` and `ceremony roster`\n");
    if (deal->descriptor.threshold == 1) {
        printf("Warning: with -t 1 every holder alone holds the whole key.\n");
    }
}

static err_t prepare(struct deal *deal) {
    const struct deal_options *given = deal->given;
    err_t err = check_options(given);
    err = err != OK ? err : seal_cost_parse(given->kdf, &deal->cost);
    err = err != OK ? err : folder_open(given->dir, &deal->folder);
    err = err != OK ? err : check_not_dealt(given->dir);
    err = err != OK ? err : plan_descriptor(deal, clock_now_s(&clock_system));
    err = err != OK ? err : check_plan(&deal->descriptor);
    err = err != OK ? err : folder_open_authority(&deal->folder, given->passphrase_file, &deal->seed);
    return err != OK ? err : ask_holders(deal);
}

static err_t deal_act(const void *options, const struct operands *operands) {
    (void)operands;
    struct deal deal = {.given = options};
    err_t err = prepare(&deal);
    err = err != OK ? err : make_all(&deal);
    err = outputs_end(&deal.outputs, err);
    secret_free(deal.dealing);
    secret_free(deal.seed);
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        secret_free(deal.passphrases[i]);
    }
    if (err == OK) {
        tell(&deal);
    }
    return err;
}

int ceremony_deal(int argc, char **argv) {
    struct deal_options options = {.kdf = "moderate", .epoch = 1, .version = 1, .days = 366};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder, made by `ceremony init`"},
        {"t", "NUMBER", OPTION_NUMBER, &options.threshold, 1, MAX_HOLDERS, "holders that are needed for an answer"},
        {"n", "NUMBER", OPTION_NUMBER, &options.holders, 1, MAX_HOLDERS, "holders in all"},
        {"matching", "FILE", OPTION_TEXT, &options.matching, 0, 0, "the key set, as `signpost matching` prints it"},
        {"holder", "URL", OPTION_LIST, &options.holder_addresses, 0, 0,
         "https://host:port of a key holder; n times, in order"},
        {"index", "URL", OPTION_LIST, &options.indexes, 0, 0, "https://host:port of an index; at least once"},
        {"epoch", "NUMBER", OPTION_NUMBER, &options.epoch, 1, MAX_EPOCH,
         "the key's epoch: one more for each new key of a scheme (default 1)"},
        {"first-version", "NUMBER", OPTION_NUMBER, &options.version, 1, MAX_VERSION,
         "of the descriptor: above every earlier one of the scheme (default 1)"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity (default 366)"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
        {"holder-passphrase-file", "FILE", OPTION_LIST, &options.holder_passphrase_files, 0, 0,
         "a holder's new passphrase (0600); n times, or the terminal asks each holder"},
        {"kdf", "COST", OPTION_TEXT, &options.kdf, 0, 0, "of the shares: interactive, moderate (default) or sensitive"},
    };
    const struct command command = {
        .usage =
            {"ceremony deal", "--dir DIR -t NUMBER -n NUMBER --matching FILE --holder URL... --index URL... [OPTIONS]",
             "Makes the scheme's token key, deals it to the key holders, each share sealed under the holder's own\n"
             "passphrase, signs the first descriptor in the name of all, and destroys the key.",
             CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .act = deal_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
