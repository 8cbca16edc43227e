// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/head.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"

#define SEED_FILE "log.key"
#define VKEY_FILE "vkey"
#define PLACE_FILE "place"
#define PLACE_MAX 64

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

static err_t write_in(const char *folder, const char *name, struct bytes contents, bool create) {
    char *path = file_join(folder, name);
    if (path == NULL) {
        return no_memory();
    }
    err_t err = create ? file_create(path, 0600, contents) : file_replace(path, 0600, contents);
    free(path);
    return err;
}

static err_t read_in(const char *folder, const char *name, size_t max, struct buf *out) {
    char *path = file_join(folder, name);
    err_t err = path == NULL ? no_memory() : file_read(path, max, out);
    free(path);
    return err;
}

static err_t create_in(const char *store, const char *folder, const char *scheme, const uint8_t *seed) {
    char name[NOTE_NAME_MAX + 1];
    char vkey[NOTE_VKEY_SIZE];
    struct note_key key;
    struct buf line = {0};
    (void)snprintf(name, sizeof name, "%.63s/journal-%08x", scheme, randombytes_random());
    err_t err = note_key_of_seed(name, seed, &key);
    if (err == OK) {
        err = file_make_dir(folder);
    }
    if (err == OK) {
        err = write_in(store, SEED_FILE, bytes_of(seed, NOTE_SEED_SIZE), true);
    }
    if (err == OK) {
        note_key_format(&key, vkey);
        buf_printf(&line, "%s\n", vkey);
        err = buf_check(&line);
    }
    if (err == OK) {
        err = write_in(folder, VKEY_FILE, buf_bytes(&line), true);
    }
    buf_free(&line);
    return err;
}

err_t log_create(const char *store, const char *scheme) {
    char *folder = file_join(store, LOG_FOLDER);
    uint8_t *seed = secret_new(NOTE_SEED_SIZE);
    err_t err = folder == NULL || seed == NULL ? no_memory() : OK;
    if (err == OK && access(folder, F_OK) == 0) {
        err = err_set(ERR_EXISTS, "%s: already there", folder);
    }
    if (err == OK) {
        randombytes_buf(seed, NOTE_SEED_SIZE);
        err = create_in(store, folder, scheme, seed);
    }
    secret_free(seed);
    free(folder);
    return err;
}

err_t log_vkey_load(const char *folder, struct note_key *out) {
    struct buf text = {0};
    err_t err = read_in(folder, VKEY_FILE, NOTE_VKEY_SIZE, &text);
    if (err == OK && (text.len == 0 || text.data[text.len - 1] != '\n')) {
        err = err_set(ERR_CORRUPT, "%s/" VKEY_FILE ": not a line", folder);
    }
    if (err == OK) {
        text.len--;
        const char *vkey = buf_str(&text);
        err = vkey == NULL ? no_memory() : note_key_parse(vkey, out);
    }
    buf_free(&text);
    return err == OK ? OK : err_prefix(ERR_CORRUPT, "the journal's verifier key");
}

static err_t load_seed(const char *store, uint8_t **out) {
    uint8_t *seed = NULL;
    size_t len = 0;
    char *path = file_join(store, SEED_FILE);
    err_t err = path == NULL ? no_memory() : file_read_secret(path, NOTE_SEED_SIZE, false, &seed, &len);
    if (err == OK && len != NOTE_SEED_SIZE) {
        secret_free(seed);
        err = err_set(ERR_CORRUPT, "%s: not %d bytes", path, NOTE_SEED_SIZE);
    }
    free(path);
    if (err == OK) {
        *out = seed;
        return OK;
    }
    return err_prefix(err == ERR_NOT_FOUND || err == ERR_TOO_LARGE ? ERR_CORRUPT : err,
                      "the key that signs the journal");
}

err_t log_key_load(const char *store, struct log_key *out) {
    struct note_key made;
    struct log_key key = {0};
    char *folder = file_join(store, LOG_FOLDER);
    err_t err = folder == NULL ? no_memory() : log_vkey_load(folder, &key.key);
    free(folder);
    if (err == OK) {
        err = load_seed(store, &key.seed);
    }
    if (err == OK) {
        err = note_key_of_seed(key.key.name, key.seed, &made);
    }
    if (err == OK && memcmp(made.public_key, key.key.public_key, sizeof made.public_key) != 0) {
        err = err_set(ERR_CORRUPT, "the key that signs the journal and its verifier key do not fit");
    }
    if (err != OK) {
        secret_free(key.seed);
        return err;
    }
    *out = key;
    return OK;
}

void log_key_free(struct log_key *key) {
    secret_free(key->seed);
    key->seed = NULL;
}

err_t head_load(const char *folder, const char *name, const struct note_key *log, struct head *out) {
    struct head head = {0};
    struct note note;
    err_t err = read_in(folder, name, CHECKPOINT_MAX, &head.note);
    if (err == OK) {
        err = checkpoint_open(buf_bytes(&head.note), log, &note, &head.checkpoint);
        err = err == OK ? OK : err_prefix(ERR_CORRUPT, "%s/%s", folder, name);
    }
    if (err != OK) {
        buf_free(&head.note);
        return err;
    }
    *out = head;
    return OK;
}

err_t head_store(const char *folder, const char *name, struct bytes note) {
    return write_in(folder, name, note, false);
}

// Who could write here a larger size than was signed could also write a smaller one, or none: the signature is checked
// by those that rely on it (head_load).
static err_t promised_by(const char *folder, const char *name, uint64_t *out) {
    struct buf whole = {0};
    struct note note;
    struct checkpoint checkpoint = {0};
    err_t err = read_in(folder, name, CHECKPOINT_MAX, &whole);
    if (err == OK) {
        err = note_parse(buf_bytes(&whole), &note);
        err = err == OK ? checkpoint_parse(note.text, &checkpoint) : err;
        err = err == OK ? OK : err_prefix(ERR_CORRUPT, "%s/%s", folder, name);
    }
    buf_free(&whole);
    if (err == OK && checkpoint.size > *out) {
        *out = checkpoint.size;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

err_t log_promised(const char *store, uint64_t *out) {
    uint64_t promised = 0;
    char *folder = file_join(store, LOG_FOLDER);
    err_t err = folder == NULL ? no_memory() : promised_by(folder, LOG_CHECKPOINT, &promised);
    if (err == OK) {
        err = promised_by(folder, LOG_COSIGNED, &promised);
    }
    free(folder);
    if (err == OK) {
        *out = promised;
    }
    return err;
}

static void place_format(const struct record_place *place, char out[PLACE_MAX]) {
    (void)snprintf(out, PLACE_MAX, "%" PRIu64 " %s %" PRIu64 "\n", place->size, place->segment, place->offset);
}

// What is read is written again and compared, so that there is one text for each place.
void place_load(const char *folder, struct record_place *out) {
    struct buf text = {0};
    struct record_place place = {0};
    char again[PLACE_MAX] = "";
    const char *line = read_in(folder, PLACE_FILE, PLACE_MAX - 1, &text) == OK ? buf_str(&text) : NULL;
    if (line != NULL) {
        // NOLINTNEXTLINE(cert-err34-c): a number that does not fit would not be written as it stands here, below
        (void)sscanf(line, "%" SCNu64 " %7s %" SCNu64, &place.size, place.segment, &place.offset);
        place_format(&place, again);
    }
    *out = segment_name_valid(place.segment) && bytes_equal(bytes_str(again), buf_bytes(&text))
               ? place
               : (struct record_place){0};
    buf_free(&text);
}

err_t place_store(const char *folder, const struct record_place *place) {
    char line[PLACE_MAX];
    place_format(place, line);
    return write_in(folder, PLACE_FILE, bytes_str(line), false);
}
