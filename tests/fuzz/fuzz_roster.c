// SPDX-License-Identifier: Apache-2.0
// The roster, read by two readers: the scanner of roster_write's layout and the JSON reader. A space in front sends a
// text to the second one; both must agree on every text.
//
// Covers: proto/roster_text.c proto/roster_scan.c proto/roster.c proto/role.c
#include "proto/roster.h"
#include "tests/fuzz/fuzz.h"

static err_t read_and_write(struct bytes text, struct buf *out) {
    struct roster *roster = NULL;
    err_t err = roster_parse(text, &roster);
    if (err == OK) {
        MUST(roster_write(roster, out) == OK);
        (void)roster_feeds(roster, roster->issued);
        for (size_t i = 0; i < roster->count; i++) {
            const struct roster_entry *entry = &roster->entries[i], *found = NULL;
            static const uint8_t stranger[KEY_HASH_SIZE] = {9};
            MUST(roster_find(roster, stranger, &entry->identity, entry->valid_from, &found) != OK);
            MUST(roster_find(roster, entry->keys[0], &entry->identity, entry->valid_until, &found) != OK);
            MUST(roster_find(roster, entry->keys[0], &entry->identity, roster->expires, &found) == ERR_EXPIRED);
            (void)roster_find_person(roster, &entry->identity, entry->valid_from);
            err_t verdict = roster_find(roster, entry->keys[0], &entry->identity, entry->valid_from, &found);
            MUST(verdict == OK ? found == entry : verdict == ERR_DENIED || verdict == ERR_EXPIRED);
        }
    }
    for (size_t i = 0; err == OK && i < roster->barred_count; i++) {
        MUST(roster_is_barred(roster, &roster->barred[i]));
        MUST(roster_find_person(roster, &roster->barred[i], roster->issued) == ERR_DENIED);
    }
    roster_free(roster);
    return err;
}

// Signed by the authority and opened from a file, as the daemons do.
static void check_load(struct bytes text) {
    const uint8_t seed[NOTE_SEED_SIZE] = {7};
    struct note_key authority, other;
    struct roster *roster = NULL;
    struct buf note = {0};
    MUST(note_key_of_seed("authority", seed, &authority) == OK);
    MUST(note_key_of_seed("somebody", seed, &other) == OK);
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    text = bytes_of(note.data, note.len);
    struct buf whole = {0};
    buf_put(&whole, text.data, text.len);
    buf_put_str(&whole, "\n");
    MUST(note_sign(text, "authority", seed, &whole) == OK);
    err_t err = roster_load(fuzz_file(buf_bytes(&whole)), &authority, "demo", &roster);
    MUST(err == OK || err == ERR_INPUT);
    roster_free(roster);
    roster = NULL;
    MUST(roster_load(fuzz_file(buf_bytes(&whole)), &other, "demo", &roster) == ERR_SIGNATURE);
    buf_free(&note);
    buf_free(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf spaced = {0}, one = {0}, other = {0}, again = {0};
    buf_put_str(&spaced, " ");
    buf_put(&spaced, data, size);
    err_t err = read_and_write(bytes_of(data, size), &one);
    MUST(read_and_write(buf_bytes(&spaced), &other) == err);
    MUST(bytes_equal(buf_bytes(&one), buf_bytes(&other)));
    if (err == OK) {
        MUST(read_and_write(buf_bytes(&one), &again) == OK && bytes_equal(buf_bytes(&one), buf_bytes(&again)));
        check_load(buf_bytes(&one));
    }
    buf_free(&spaced);
    buf_free(&one);
    buf_free(&other);
    buf_free(&again);
    return 0;
}
