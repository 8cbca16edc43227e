// SPDX-License-Identifier: Apache-2.0
// `ceremony roster`: who may take part. Every change makes the next version, signed anew, or nothing.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/roster_action.h"
#include "keys/ceremony/show.h"
#include "proto/tls.h"

// The changes.

static err_t member_of(const struct change *change, X509 *ca, const char *path, struct roster_member *out) {
    X509 *certificate = NULL;
    err_t err = certificate_read(path, &certificate);
    if (err != OK) {
        return err;
    }
    err = certificate_identity(certificate, &out->identity);
    if (err == OK && out->identity.kind == URN_HOLDER) {
        err = err_set(ERR_DENIED, "holders are in the descriptor, not on the roster");
    }
    err = err != OK ? err : certificate_check_client(certificate, ca, change->now_s);
    err = err != OK ? err : tls_key_hash(certificate, out->key);
    err = err != OK ? err : certificate_validity(certificate, &out->valid_from, &out->valid_until);
    X509_free(certificate);
    if (err != OK) {
        return err_prefix(err, "%s", path);
    }
    int64_t until = change->now_s + change->given->entry_days * DAY_S;
    if (change->given->entry_days > 0 && until < out->valid_until) {
        out->valid_until = until;
    }
    return OK;
}

static err_t add(struct change *change) {
    X509 *ca = NULL;
    struct roster_settings settings;
    err_t err = roster_read_settings(change, &settings);
    settings.valid_until = 0; // stands in the member
    err = err != OK ? err : folder_read_ca(&change->folder, &ca);
    for (size_t i = 0; err == OK && i < change->count; i++) {
        struct roster_member member = {.roles = settings.roles};
        err = member_of(change, ca, change->items[i], &member);
        if (err == OK) {
            err = roster_add(change->roster, &member);
            err = err != OK ? err : roster_set(change->roster, &member.identity, &settings);
            err = err == OK ? OK : err_prefix(err, "%s", change->items[i]);
        }
    }
    X509_free(ca);
    return err;
}

err_t roster_identity_at(const struct change *change, size_t at, struct urn *out) {
    err_t err = urn_parse(change->items[at], out);
    return err == OK ? OK : err_prefix(err, "identity %zu", at + 1);
}

static err_t remove_all(struct change *change) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < change->count; i++) {
        struct urn identity;
        err = roster_identity_at(change, i, &identity);
        err = err != OK ? err : roster_remove(change->roster, &identity);
    }
    return err;
}

static err_t set_suspended(struct change *change, bool suspended) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < change->count; i++) {
        struct urn identity;
        err = roster_identity_at(change, i, &identity);
        err = err != OK ? err : roster_suspend(change->roster, &identity, suspended);
    }
    return err;
}

static err_t suspend(struct change *change) {
    return set_suspended(change, true);
}

static err_t resume(struct change *change) {
    return set_suspended(change, false);
}

static err_t update(struct change *change) {
    struct roster_settings settings;
    err_t err = roster_read_settings(change, &settings);
    for (size_t i = 0; err == OK && i < change->count; i++) {
        struct urn identity;
        err = roster_identity_at(change, i, &identity);
        err = err != OK ? err : roster_set(change->roster, &identity, &settings);
    }
    return err;
}

static err_t renew(struct change *change) {
    (void)change;
    return OK; // the next version with a later end, which every change makes
}

// The signed file.

static err_t load(struct change *change, bool may_be_new) {
    char path[PATH_MAX];
    err_t err = folder_path(change->folder.dir, path, FOLDER_ROSTER);
    err = err != OK ? err : roster_load(path, &change->folder.authority, change->folder.scheme, &change->roster);
    return err == ERR_NOT_FOUND && may_be_new ? roster_new(change->folder.scheme, &change->roster) : err;
}

// Read again as every daemon will read it: nothing is signed that would be refused.
static err_t check_text(struct bytes text) {
    struct roster *parsed = NULL;
    err_t err = roster_parse(text, &parsed);
    roster_free(parsed);
    return err;
}

static err_t write_roster(const struct change *change, const uint8_t *seed) {
    char path[PATH_MAX];
    struct buf text = {0}, note = {0};
    err_t err = folder_path(change->folder.dir, path, FOLDER_ROSTER);
    err = err != OK ? err : roster_write(change->roster, &text);
    buf_put_str(&text, "\n");
    err = err != OK ? err : buf_check(&text);
    err = err != OK ? err : check_text(buf_bytes(&text));
    err = err != OK ? err : folder_sign(&change->folder, seed, buf_bytes(&text), &note);
    err = err != OK ? err : file_replace(path, 0644, buf_bytes(&note));
    buf_free(&text);
    buf_free(&note);
    return err;
}

static err_t sign(struct change *change) {
    uint8_t *seed = NULL;
    struct roster *roster = change->roster;
    roster->version++;
    roster->issued = change->now_s;
    roster->expires = change->now_s + change->given->days * DAY_S;
    err_t err = folder_open_authority(&change->folder, change->given->passphrase_file, &seed);
    err = err != OK ? err : write_roster(change, seed);
    secret_free(seed);
    if (err == OK) {
        char until[SHOW_UNTIL_SIZE];
        show_until(roster->expires, change->now_s, until);
        printf("%s/" FOLDER_ROSTER " is version %" PRIu64 ", %zu entries, valid until %s.\n"
               "Next: bring it to every index and key holder before the present one ends.\n",
               change->folder.dir, roster->version, roster->count, until);
    }
    return err;
}

enum takes { NOTHING, NAMES, ONE_FILE };

static const struct action {
    const char *name;
    err_t (*run)(struct change *change);
    enum takes takes;
    bool sets, makes_new, signs; // takes settings, may begin a roster, makes the next version
} actions[] = {
    {"add", add, NAMES, true, true, true},
    {"update", update, NAMES, true, false, true},
    {"remove", remove_all, NAMES, false, false, true},
    {"suspend", suspend, NAMES, false, false, true},
    {"resume", resume, NAMES, false, false, true},
    {"import-barred", roster_action_import_barred, ONE_FILE, false, false, true},
    {"unbar", roster_action_unbar, NAMES, false, false, true},
    {"allowance", roster_action_allowance, ONE_FILE, false, false, true},
    {"renew", renew, NOTHING, false, false, true},
    {"show", roster_action_show, NOTHING, false, false, false},
};

static const struct action *find_action(const char *name) {
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    return NULL;
}

static bool settings_given(const struct roster_options *given) {
    return given->roles.count > 0 || given->entry_days > 0 || given->vetting_until != NULL ||
           given->training_until != NULL || given->limits.count > 0;
}

static err_t check_use(const struct action *action, const struct change *change) {
    if (action->takes == NAMES && change->count == 0) {
        return err_set(ERR_INPUT, "%s: of whom?", action->name);
    }
    if (action->takes == NOTHING && change->count > 0) {
        return err_set(ERR_INPUT, "%s: takes no names", action->name);
    }
    if (action->takes == ONE_FILE && change->count != 1) {
        return err_set(ERR_INPUT, "%s: takes one file", action->name);
    }
    if (!action->sets && settings_given(change->given)) {
        return err_set(ERR_INPUT, "--role, --entry-days, --vetting-until, --training-until and --limit are for add and "
                                  "update alone");
    }
    if (action->run == update && !settings_given(change->given)) {
        return err_set(ERR_INPUT, "update: of what?");
    }
    if (action->signs && change->given->json) {
        return err_set(ERR_INPUT, "--json is for show alone");
    }
    return OK;
}

static err_t roster_act(const void *options, const struct operands *operands) {
    const struct action *action = find_action(operands->items[0]);
    struct change change = {.given = options,
                            .now_s = clock_now_s(&clock_system),
                            .items = operands->items + 1,
                            .count = operands->count - 1};
    if (action == NULL) {
        return err_set(ERR_INPUT,
                       "wanted: add, update, remove, suspend, resume, import-barred, unbar, allowance, renew or show");
    }
    err_t err = command_need("dir", change.given->dir);
    err = err != OK ? err : check_use(action, &change);
    err = err != OK ? err : folder_open(change.given->dir, &change.folder);
    err = err != OK ? err : load(&change, action->makes_new);
    err = err != OK ? err : action->run(&change);
    err = err != OK || !action->signs ? err : sign(&change);
    if (err != OK && change.spent[0] != '\0') {
        (void)unlink(change.spent);
    }
    roster_free(change.roster);
    return err;
}

int ceremony_roster(int argc, char **argv) {
    struct roster_options options = {.days = 30};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX,
         "validity of the roster from now (default 30): when it ends, nobody is served"},
        {"role", "ROLE", OPTION_LIST, &options.roles, 0, 0,
         "add, update: also give this role (auditor, data-protection-officer); may be repeated"},
        {"entry-days", "NUMBER", OPTION_NUMBER, &options.entry_days, 1, COMMAND_DAYS_MAX,
         "add, update: validity of the entries from now (default: to the certificate's end)"},
        {"vetting-until", "DATE", OPTION_TEXT, &options.vetting_until, 0, 0,
         "add, update: the last day of their vetting (2027-01-31), or never"},
        {"training-until", "DATE", OPTION_TEXT, &options.training_until, 0, 0,
         "add, update: the last day of their training, or never"},
        {"limit", "NAME=NUMBER", OPTION_LIST, &options.limits, 0, 0,
         "add, update: a limit of their own (children_day=400), or NAME=default; may be repeated"},
        {"json", NULL, OPTION_FLAG, &options.json, 0, 0, "show: as JSON"},
    };
    const struct command command = {
        .usage = {"ceremony roster",
                  "--dir DIR [OPTIONS] add CERTIFICATE... | update IDENTITY... | remove IDENTITY... | "
                  "suspend IDENTITY... | resume IDENTITY... | import-barred FILE | unbar IDENTITY... | allowance ACT | "
                  "renew | show",
                  "Changes the roster and signs its next version, or shows it. All of a change is made, or nothing.\n"
                  "import-barred takes a file with one person's identity a line; \"#\" begins a comment.\n"
                  "allowance takes an act that two administrators of the roster signed (indexctl act allowance).",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = SIZE_MAX,
        .act = roster_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
