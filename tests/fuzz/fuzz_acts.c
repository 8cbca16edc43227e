// SPDX-License-Identifier: Apache-2.0
// The control line of an index, over an index of its own: any line; and acts with arguments and attachment from the
// input, signed by whom the input says. Nothing is carried out that too few, or the wrong people, have signed, and
// nothing twice.
//
// Covers: indexd/commands/commands.c indexd/commands/act.c indexd/commands/access.c indexd/acts/acts.c
// Covers: indexd/acts/shield.c indexd/acts/purge.c indexd/acts/unblock.c indexd/acts/subject.c indexd/acts/journal.c
// Covers: indexd/acts/decommission.c proto/token_file.c proto/allowance_act.c
#include <openssl/err.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "indexd/commands/commands.h"
#include "indexd/log/notary.h"
#include "indexd/sweeper.h"
#include "proto/act.h"
#include "proto/allowance_act.h"
#include "proto/token_file.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/people.h"

#define SLOTS 3

// Threads and the network are left out: what the notary and the sweeper are told, and the signal that ends the daemon.
int __wrap_kill(pid_t pid, int number);
void __wrap_notary_status(struct notary *notary, struct notary_status *out);
err_t __wrap_notary_publish(struct notary *notary, struct buf *out_note);
const char *__wrap_notary_store(const struct notary *notary);
void __wrap_sweeper_wake(struct sweeper *sweeper);

static char store[96];
static bool ended;

int __wrap_kill(pid_t pid, int number) {
    MUST(pid == getpid() && number == SIGTERM);
    ended = true;
    return 0;
}
void __wrap_notary_status(struct notary *notary, struct notary_status *out) {
    (void)notary;
    *out = (struct notary_status){.cosigned_records = 1000};
}
err_t __wrap_notary_publish(struct notary *notary, struct buf *out_note) {
    (void)notary;
    buf_put_str(out_note, "note");
    return buf_check(out_note);
}
const char *__wrap_notary_store(const struct notary *notary) {
    (void)notary;
    return store;
}
void __wrap_sweeper_wake(struct sweeper *sweeper) {
    (void)sweeper;
}

static int64_t now_s;
static int64_t tell_ms(void *ctx) {
    (void)ctx;
    return now_s * 1000;
}
static const struct wall_clock clock_here = {.now_ms = tell_ms};
static struct descriptor descriptor;
static struct service service;
static uint64_t records_before; // in the journal, when the index was opened
static bool touched;            // otherwise than by what the journal tells

static void describe(void) {
    static const char *const names[SLOTS] = {"nhs", "names", "sound"};
    descriptor = (struct descriptor){.scheme = "demo", .epoch = 2, .generation = 1, .slot_count = SLOTS};
    for (size_t i = 0; i < SLOTS; i++) {
        (void)snprintf(descriptor.slots[i].name, sizeof descriptor.slots[i].name, "%s", names[i]);
        descriptor.slots[i].tier = i == 2 ? TIER_SIMILAR : TIER_SURE;
        memset(descriptor.slots[i].canary_token, 0xc0 + (int)i, TOKEN_SIZE);
    }
}

// Two children of north, whose tokens are bytes of 1 and of 2.
static err_t next_involvement(void *ctx, char agency[MAX_ID + 1], struct involvement_request *out, bool *out_more) {
    size_t *given = ctx;
    *out_more = *given < 2;
    if (!*out_more) {
        return OK;
    }
    ++*given;
    struct change *change = calloc(1, sizeof *change);
    MUST(change != NULL);
    change->action = ACTION_OPEN;
    memset(change->handle, (int)*given, sizeof change->handle);
    memset(change->tokens.tokens, (int)*given, (size_t)SLOTS * TOKEN_SIZE);
    memcpy(agency, "north", sizeof "north");
    *out = (struct involvement_request){.slots = SLOTS, .epochs = token_epoch(2), .count = 1, .changes = change};
    return OK;
}

static void add_entry(struct roster *roster, enum urn_kind kind, const char *id, unsigned roles,
                      const struct person *person) {
    struct roster_entry *entry = &roster->entries[roster->count++];
    struct tls_peer peer;
    MUST(tls_peer_of_certificate(person->certificate, &peer) == OK);
    *entry = (struct roster_entry){.identity = {.kind = kind, .scheme = "demo"}, .roles = roles, .key_count = 1};
    memcpy(entry->identity.id, id, strlen(id));
    entry->valid_until = FUZZ_NOW_S + 1000;
    entry->keys = malloc(sizeof *entry->keys);
    MUST(entry->keys != NULL);
    memcpy(entry->keys[0], peer.key, sizeof peer.key);
}

static struct access *make_access(const char *folder) {
    static const uint8_t seed[NOTE_SEED_SIZE] = {7};
    struct roster roster = {.scheme = "demo", .version = 1, .issued = FUZZ_NOW_S - 10, .expires = FUZZ_NOW_S + 1000};
    struct roster_entry entries[4];
    struct access *access = NULL;
    struct note_key authority;
    struct buf text = {0}, note = {0};
    char path[128], deny[128];
    roster.entries = entries;
    add_entry(&roster, URN_ADMINISTRATOR, "ann", ROLE_ADMINISTRATOR, fuzz_person(PERSON_ANN));
    add_entry(&roster, URN_ADMINISTRATOR, "ben", ROLE_ADMINISTRATOR | ROLE_DATA_PROTECTION_OFFICER,
              fuzz_person(PERSON_BEN));
    add_entry(&roster, URN_ADMINISTRATOR, "officer", ROLE_DATA_PROTECTION_OFFICER, fuzz_person(PERSON_OFFICER));
    add_entry(&roster, URN_AGENCY, "north", ROLE_AGENCY, fuzz_person(PERSON_NONE));
    MUST(roster_write(&roster, &text) == OK);
    buf_put_str(&text, "\n");
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    MUST(note_sign(buf_bytes(&text), "authority", seed, &note) == OK);
    MUST(note_key_of_seed("authority", seed, &authority) == OK);
    fuzz_put(folder, "roster", buf_bytes(&note));
    (void)snprintf(path, sizeof path, "%s/roster", folder);
    (void)snprintf(deny, sizeof deny, "%s/deny", folder);
    MUST(access_load(&(struct access_files){.roster = path, .deny = deny}, &authority, "demo", &access) == OK);
    for (size_t i = 0; i < roster.count; i++) {
        free(entries[i].keys);
    }
    buf_free(&text);
    buf_free(&note);
    return access;
}

static uint64_t records(void) {
    struct merkle tree;
    engine_head(service.engine, &tree);
    return tree.size;
}

// The index as every input finds it, once.
static void make_store(const struct engine_settings *settings) {
    struct engine *engine = NULL;
    uint64_t imported = 0;
    size_t given = 0;
    const struct engine_import source = {.next = next_involvement, .ctx = &given};
    (void)snprintf(store, sizeof store, "%s/store", fuzz_folder());
    describe();
    now_s = FUZZ_NOW_S - INT64_C(40) * 86400; // the first month of two
    MUST(engine_init(settings, &descriptor) == OK);
    MUST(engine_import(settings, &descriptor, &source, &imported) == OK && imported == 2);
    now_s = FUZZ_NOW_S;
    MUST(engine_open(settings, &descriptor, &engine) == OK && engine_note_act(engine, "root", "begin") == OK);
    engine_close(engine);
    fuzz_folder_keep();
}

static void begin(void) {
    static bool made;
    static char ca[128];
    struct engine *engine = NULL;
    const struct engine_settings settings = {
        .store = store, .map_size = 16 << 20, .batch_max = 1024, .clock = &clock_here};
    if (!made) {
        make_store(&settings);
    }
    made = true;
    const char *folder = fuzz_folder_kept();
    ended = false;
    MUST(engine_open(&settings, &descriptor, &engine) == OK);
    fuzz_put(folder, "ca", fuzz_ca());
    (void)snprintf(ca, sizeof ca, "%s/ca", folder);
    service = (struct service){.engine = engine,
                               .access = make_access(folder),
                               .police_agencies = "met, gmp",
                               .store = store,
                               .ca = ca,
                               .clock = &clock_here,
                               .feed_fresh_days = 3};
    MUST(service_init(&service, &descriptor) == OK);
    records_before = records();
}

static void end(void) {
    engine_close(service.engine);
    access_free(service.access);
    service_destroy(&service);
}

static err_t run(json_t *command) {
    json_t *reply = json_object();
    err_t err = commands_run(&service, command, reply);
    char *text = json_dumps(reply, 0);
    MUST(text != NULL);
    free(text);
    json_decref(reply);
    return err;
}

static void try_line(struct bytes text) {
    json_t *command = NULL;
    if (json_parse(text, &command) == OK) {
        (void)run(command);
        json_decref(command);
    }
}

// Who must have signed what was carried out; a bit a person.
static bool signed_enough(const char *name, unsigned signers) {
    static const char *const two[] = {"agency-purge", "shield-lift", "decommission", "journal-destroy-key"};
    if (strcmp(name, "subject-access") == 0) {
        return signers != 0 && (signers & 1U << PERSON_ANN) == 0;
    }
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (strcmp(two[i], name) == 0) {
            return signers == ((1U << PERSON_ANN) | (1U << PERSON_BEN));
        }
    }
    return signers != 0 && (signers & 1U << PERSON_OFFICER) == 0;
}

// NULL where the pieces make no act.
static json_t *make_act(const char *name, json_t *arguments, unsigned signers, bool here) {
    struct act plan = {.scheme = "demo", .reason = "fuzzing", .arguments = arguments};
    struct buf document = {0};
    json_t *act = NULL;
    (void)snprintf(plan.name, sizeof plan.name, "%s", name);
    plan.scheme[0] = here ? 'd' : 'x';
    engine_store_id(service.engine, plan.store_id);
    if (act_new(&plan, FUZZ_NOW_S, &document) == OK) {
        for (size_t i = PERSON_ANN; i <= PERSON_OFFICER; i++) {
            const char *file = fuzz_file(buf_bytes(&fuzz_person(i)->pem));
            MUST((signers & 1U << i) == 0 || act_sign(&document, file, file) == OK);
        }
        MUST(json_parse(buf_bytes(&document), &act) == OK);
    }
    buf_free(&document);
    return act;
}

// The digest of the attachment goes into the arguments, unless the input wants it missing.
static void add_digest(json_t *arguments, const json_t *attachment) {
    struct buf text = {0};
    uint8_t digest[EVP_MAX_MD_SIZE];
    MUST(json_write(attachment, false, &text) == OK);
    MUST(EVP_Digest(text.data, text.len, digest, NULL, EVP_sha256(), NULL) == 1);
    MUST(json_object_set_new(arguments, "sha256", json_hex(digest, 32)) == 0);
    buf_free(&text);
}

static void try_act(struct reader *input) {
    uint8_t who = reader_u8(input), how = reader_u8(input);
    unsigned signers = who % 8 == 7 ? 3 : who % 8; // two at most
    char *name = fuzz_text(fuzz_take(input));
    json_t *arguments = NULL, *attachment = NULL;
    if (json_parse(fuzz_take(input), &arguments) == OK && json_is_object(arguments)) {
        if (json_parse(fuzz_rest(input), &attachment) == OK && how % 2 == 0) {
            add_digest(arguments, attachment);
        }
        touched = how / 4 % 4 != 0;
        if (how / 4 % 2 == 1) {
            MUST(access_deny(service.access, "urn:signpost:demo:agency:north") == OK);
        }
        if (how / 8 % 2 == 1) {
            fuzz_put(store, "decommissioned", bytes_str("before"));
        }
        json_t *act = make_act(name, arguments, signers, how / 2 % 2 == 0);
        json_t *command = json_pack("{s:s, s:O*, s:O*}", "command", "act", "act", act, "attachment", attachment);
        json_t *again = json_deep_copy(command);
        if (act != NULL && run(command) == OK) {
            MUST(signed_enough(name, signers) && how / 2 % 2 == 0);
            MUST(how / 8 % 2 == 1 || ended == (strcmp(name, "decommission") == 0));
            MUST(run(again) != OK || strcmp(name, "journal-destroy-key") == 0);
        }
        json_decref(act);
        json_decref(command);
        json_decref(again);
    }
    json_decref(arguments);
    json_decref(attachment);
    free(name);
}

// A file of tokens that reads is written so that it reads the same.
static void try_tokens(struct bytes text, const char *use) {
    static struct token_file file, again;
    struct buf written = {0};
    if (token_file_read(text, use, &file) == OK) {
        MUST(token_file_write(&file, use, &written) == OK);
        MUST(token_file_read(buf_bytes(&written), use, &again) == OK && memcmp(&file, &again, sizeof file) == 0);
    }
    buf_free(&written);
}

static void try_allowance(struct bytes text) {
    json_t *arguments = NULL, *written = NULL;
    struct urn agency, agency_again;
    struct allowance allowance, again;
    if (json_parse(text, &arguments) == OK && allowance_act_read(arguments, &agency, &allowance) == OK) {
        MUST(agency.kind == URN_AGENCY && allowance.elements_day > 0 && allowance.from < allowance.until);
        written = allowance_act_arguments(&agency, &allowance);
        MUST(written != NULL && allowance_act_read(written, &agency_again, &again) == OK);
        MUST(urn_equal(&agency, &agency_again) && again.children_day == allowance.children_day);
        MUST(again.elements_day == allowance.elements_day && again.until == allowance.until);
    }
    json_decref(arguments);
    json_decref(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    if (which % 8 == 7) {
        try_allowance(fuzz_rest(&input));
        return 0;
    }
    if (which % 4 >= 2) {
        try_tokens(fuzz_rest(&input), which % 4 == 2 ? TOKEN_FILE_SHIELD : TOKEN_FILE_SUBJECT_ACCESS);
        return 0;
    }
    if (service.engine == NULL) {
        begin();
    }
    if (which % 4 == 0) {
        try_line(fuzz_rest(&input));
    } else {
        try_act(&input);
    }
    if (touched || records() != records_before) { // a refusal leaves the index as it was, for the next input
        end();
        begin();
    }
    touched = false;
    ERR_clear_error();
    return 0;
}
