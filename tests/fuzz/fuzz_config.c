// SPDX-License-Identifier: Apache-2.0
// Configuration files, read by the tables of indexd, keyholderd and the client - the first byte chooses - and the deny
// list and the matching file, which are read from disk beside them.
//
// Covers: base/config.c proto/deny.c keys/ceremony/matching_file.c base/number.c
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "client/config.h"
#include "indexd/settings.h"
#include "keys/ceremony/matching_file.h"
#include "proto/deny.h"
#include "tests/fuzz/fuzz.h"

static void try_index(struct bytes file) {
    struct settings settings;
    if (settings_load(fuzz_file(file), &settings) == OK) {
        MUST(settings.store != NULL && settings.server.listen != NULL && settings.server.trust != NULL);
        MUST(settings.map_size_gib >= 1 && settings.map_size_gib <= 4096 && settings.server.workers >= 1);
        settings_free(&settings);
    }
}

static void try_client(struct bytes file) {
    struct client_config config = {0};
    if (client_config_load(fuzz_file(file), &config) == OK) {
        MUST(config.ca != NULL && config.timeout_ms >= 100 && config.timeout_ms <= 600000);
        client_config_free(&config);
    }
}

// Every type, without the daemons' many required keys: what a short input can fill.
static void try_small(struct bytes file) {
    struct small {
        char *text, *path;
        int64_t number;
        bool yes;
    } small = {0};
    static const struct config_key keys[] = {
        {"t", CONFIG_TEXT, offsetof(struct small, text), "", 0, 0, "A text."},
        {"p", CONFIG_PATH, offsetof(struct small, path), "x", 0, 0, "A path."},
        {"n", CONFIG_NUMBER, offsetof(struct small, number), "3", -5, 70, "A number."},
        {"s", CONFIG_SWITCH, offsetof(struct small, yes), "no", 0, 0, "A switch."},
        {"r", CONFIG_TEXT, offsetof(struct small, text), NULL, 0, 0, "A text that must be there."},
    };
    size_t count = file.len % 2 == 0 ? 4 : 5;
    char *help = NULL;
    size_t help_len = 0;
    FILE *out = open_memstream(&help, &help_len);
    MUST(out != NULL);
    config_help(out, keys, count);
    MUST(fclose(out) == 0 && help_len > 0);
    free(help);
    if (config_load(fuzz_file(file), keys, 4, &small) == OK) {
        MUST(small.number >= -5 && small.number <= 70 && small.path != NULL && small.path[0] != '\0');
    }
    config_free(keys, 4, &small);
    (void)config_load(fuzz_file(file), keys + 4, 1, &small);
    config_free(keys, count, &small);
}

// What a list holds is refused; an entry more is held as well.
static void try_deny(struct bytes file) {
    static const uint8_t key[KEY_HASH_SIZE] = {1};
    struct deny_list list = {0};
    struct urn urn = {.kind = URN_PERSON, .scheme = "demo", .id = "north", .person = "jo"};
    if (deny_load(fuzz_file(file), "demo", &list) != OK) {
        return;
    }
    for (size_t i = 0; i < list.count; i++) {
        struct urn denied;
        MUST(deny_check_entry(list.entries[i], "demo") == OK);
        MUST(i == 0 || strcmp(list.entries[i - 1], list.entries[i]) <= 0);
        if (urn_parse(list.entries[i], &denied) == OK) {
            MUST(deny_check(&list, &denied, key) == ERR_DENIED);
        }
    }
    (void)deny_check(&list, &urn, key);
    MUST(deny_append(fuzz_file(file), list.count > 0 ? list.entries[0] : "x") == (list.count > 0 ? OK : ERR_INPUT));
    MUST(deny_add(&list, "urn:signpost:demo:agency:north") == OK && deny_check(&list, &urn, key) == ERR_DENIED);
    deny_free(&list);
}

static void try_matching(struct bytes file) {
    static struct descriptor first, second;
    if (matching_parse(file, &first) == OK) {
        MUST(first.slot_count <= MAX_SLOTS);
        MUST(matching_read(fuzz_file(file), &second) == OK && second.slot_count == first.slot_count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const tries[])(struct bytes) = {try_index, try_client, try_small, try_deny, try_matching};
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    tries[which % (sizeof tries / sizeof tries[0])](fuzz_rest(&input));
    return 0;
}
