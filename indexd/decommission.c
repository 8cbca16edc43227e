// SPDX-License-Identifier: Apache-2.0
#include "indexd/decommission.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#define MARK "decommissioned"
#define LIST "destruction"
#define MARK_MAX (256 * 1024)
#define LIST_MAX (16 * 1024 * 1024)
#define FILES_MAX 65536

const char *const destroyed_words[DESTROYED_COUNT] = {"pepper", "segment keys", "database", "other files", "copies"};

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "out of memory");
}

// ---- the mark

static err_t read_mark(const json_t *json, struct decommission *out) {
    const char *scheme = NULL;
    json_t *act = NULL;
    json_t *epochs = NULL;
    const struct json_field fields[] = {
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"epochs", JSON_FIELD_ARRAY, true, MAX_TOKEN_EPOCHS, &epochs},
        {"store_id", JSON_FIELD_HEX, true, STORE_ID_SIZE, out->store_id},
        {"time", JSON_FIELD_TIME, true, 0, &out->time},
        {"journal_records", JSON_FIELD_NUMBER, true, MAX_VERSION, &out->records},
        {"keys", JSON_FIELD_NUMBER, true, MAX_VERSION, &out->keys},
        {"entries", JSON_FIELD_NUMBER, true, MAX_VERSION, &out->entries},
        {"act", JSON_FIELD_OBJECT, true, 0, &act},
    };
    err_t err = json_read(json, fields, sizeof fields / sizeof fields[0]);
    out->epochs.count = json_array_size(epochs);
    for (size_t i = 0; err == OK && i < out->epochs.count; i++) {
        uint64_t epoch = 0;
        const struct json_field item = {"epochs", JSON_FIELD_NUMBER, true, MAX_EPOCH, &epoch};
        err = json_read_item(epochs, i, &item);
        out->epochs.numbers[i] = (uint32_t)epoch;
    }
    if (err == OK) {
        (void)snprintf(out->scheme, sizeof out->scheme, "%s", scheme);
        out->act = json_incref(act);
    }
    return err;
}

static err_t load_json(const char *store, const char *name, size_t max, json_t **out) {
    char *path = file_join(store, name);
    struct buf text = {0};
    err_t err = path == NULL ? no_memory() : file_read(path, max, &text);
    if (err == OK) {
        err = json_parse(buf_bytes(&text), out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&text);
    free(path);
    return err;
}

err_t decommission_load(const char *store, struct decommission *out) {
    json_t *json = NULL;
    struct decommission mark = {0};
    err_t err = load_json(store, MARK, MARK_MAX, &json);
    if (err == OK) {
        err = read_mark(json, &mark);
    }
    json_decref(json);
    if (err == OK) {
        *out = mark;
    }
    return err;
}

// A mark that cannot be read is one all the same.
err_t decommission_check(const char *store) {
    struct decommission mark = {0};
    char time[CLOCK_TEXT_SIZE];
    err_t err = decommission_load(store, &mark);
    if (err == ERR_NOT_FOUND) {
        return OK;
    }
    if (err != OK) {
        return err_set(ERR_DENIED, "%s: this index was decommissioned", store);
    }
    clock_format(mark.time, time);
    json_decref(mark.act);
    return err_set(ERR_DENIED, "%s: this index was decommissioned on %s, and answers nobody any more", store, time);
}

json_t *decommission_epochs(const struct decommission *mark) {
    json_t *epochs = json_array();
    for (size_t i = 0; i < mark->epochs.count; i++) {
        json_array_append_new(epochs, json_integer((json_int_t)mark->epochs.numbers[i]));
    }
    return epochs;
}

err_t decommission_mark(const char *store, const struct decommission *mark) {
    json_t *json = json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:O}", "scheme", mark->scheme, "epochs",
                             decommission_epochs(mark), "store_id", json_hex(mark->store_id, sizeof mark->store_id),
                             "time", json_time(mark->time), "journal_records", (json_int_t)mark->records, "keys",
                             (json_int_t)mark->keys, "entries", (json_int_t)mark->entries, "act", mark->act);
    struct buf text = {0};
    char *path = file_join(store, MARK);
    err_t err = json == NULL || path == NULL ? no_memory() : json_write(json, true, &text);
    if (err == OK) {
        err = file_create(path, 0600, buf_bytes(&text));
    }
    json_decref(json);
    buf_free(&text);
    free(path);
    return err;
}

// ---- the list

static bool has_path(const json_t *files, const char *path) {
    size_t i = 0;
    const json_t *file = NULL;
    json_array_foreach(files, i, file) {
        const char *other = json_string_value(json_object_get(file, "path"));
        if (other != NULL && strcmp(other, path) == 0) {
            return true;
        }
    }
    return false;
}

static err_t add_file(json_t *files, const char *path, enum destroyed kind, int64_t bytes) {
    if (has_path(files, path)) {
        return OK;
    }
    if (json_array_size(files) == FILES_MAX) {
        return err_set(ERR_TOO_LARGE, "more than %d files are to be destroyed", FILES_MAX);
    }
    json_t *file = json_pack("{s:s, s:i, s:I}", "path", path, "kind", (int)kind, "bytes", (json_int_t)bytes);
    return file == NULL || json_array_append_new(files, file) != 0 ? no_memory() : OK;
}

static bool under(const char *name, const char *folder) {
    size_t len = strlen(folder);
    return strncmp(name, folder, len) == 0 && (name[len] == '/' || name[len] == '\0');
}

// What stays: the sealed journal, which nobody can read without the segment keys, its proofs, and this file's own two.
static bool stays(const char *name) {
    return under(name, "journal") || under(name, "log") || strcmp(name, MARK) == 0 || strcmp(name, LIST) == 0;
}

static enum destroyed kind_of(const char *name) {
    if (strcmp(name, "pepper") == 0) {
        return DESTROYED_PEPPER;
    }
    if (under(name, "segment-keys")) {
        return DESTROYED_SEGMENT_KEYS;
    }
    return strncmp(name, "lmdb", 4) == 0 ? DESTROYED_DATABASE : DESTROYED_OTHERS;
}

static err_t list_entry(json_t *files, const FTSENT *entry, const char *name, bool copy) {
    switch (entry->fts_info) {
    case FTS_F:
        return !copy && stays(name) ? OK
                                    : add_file(files, entry->fts_path, copy ? DESTROYED_COPIES : kind_of(name),
                                               (int64_t)entry->fts_statp->st_size);
    case FTS_SL:
    case FTS_SLNONE:
        return err_set(ERR_INPUT, "%s: is a link; what it points at must be named itself", entry->fts_path);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return err_set(ERR_IO, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
    default:
        return OK;
    }
}

static err_t list_folder(json_t *files, const char *folder, bool copy) {
    char *path = strdup(folder);
    char *paths[] = {path, NULL};
    FTS *walk = path == NULL ? NULL : fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    err_t err = walk == NULL ? err_set(ERR_IO, "%s: %s", folder, strerror(errno)) : OK;
    size_t root = path == NULL ? 0 : strlen(path);
    for (FTSENT *entry = NULL; err == OK && (entry = fts_read(walk)) != NULL;) {
        const char *name = entry->fts_path + root;
        err = list_entry(files, entry, name + strspn(name, "/"), copy);
    }
    if (walk != NULL) {
        (void)fts_close(walk);
    }
    free(path);
    return err;
}

static bool has_inside(const char *folder, const char *name) {
    char *path = file_join(folder, name);
    bool there = path != NULL && access(path, F_OK) == 0;
    free(path);
    return there;
}

// Whether an earlier call listed the file, or something in the folder.
static bool was_listed(const json_t *files, const char *copy) {
    size_t i = 0;
    const json_t *file = NULL;
    json_array_foreach(files, i, file) {
        const char *path = json_string_value(json_object_get(file, "path"));
        if (path != NULL && under(path, copy)) {
            return true;
        }
    }
    return false;
}

static err_t list_copy(json_t *files, const char *copy) {
    struct stat about;
    if (lstat(copy, &about) != 0) {
        return errno == ENOENT && was_listed(files, copy) ? OK
                                                          : err_set(ERR_NOT_FOUND, "%s: %s", copy, strerror(errno));
    }
    if (S_ISREG(about.st_mode)) {
        return add_file(files, copy, DESTROYED_COPIES, (int64_t)about.st_size);
    }
    if (!S_ISDIR(about.st_mode) ||
        !(has_inside(copy, "pepper") || has_inside(copy, "lmdb") || has_inside(copy, "segment-keys") ||
          has_inside(copy, "data.mdb") || was_listed(files, copy))) {
        return err_set(ERR_INPUT, "%s: neither a file nor a folder with a copy of a store", copy);
    }
    return list_folder(files, copy, true);
}

static err_t load_list(const char *store, json_t **out) {
    json_t *json = NULL;
    json_t *files = NULL;
    const struct json_field fields[] = {{"files", JSON_FIELD_ARRAY, true, FILES_MAX, &files}};
    err_t err = load_json(store, LIST, LIST_MAX, &json);
    if (err == ERR_NOT_FOUND) {
        *out = json_array();
        return *out == NULL ? no_memory() : OK;
    }
    if (err == OK) {
        err = json_read(json, fields, 1);
    }
    if (err == OK) {
        *out = json_incref(files);
    }
    json_decref(json);
    return err;
}

static err_t store_list(const char *store, json_t *files) {
    json_t *json = json_pack("{s:O}", "files", files);
    char *path = file_join(store, LIST);
    struct buf text = {0};
    err_t err = json == NULL || path == NULL ? no_memory() : json_write(json, true, &text);
    if (err == OK) {
        err = file_replace(path, 0600, buf_bytes(&text));
    }
    buf_free(&text);
    free(path);
    json_decref(json);
    return err;
}

// ---- destroying

static err_t destroy_all(const json_t *files, size_t counts[DESTROYED_COUNT]) {
    size_t i = 0;
    const json_t *file = NULL;
    json_array_foreach(files, i, file) {
        const char *path = json_string_value(json_object_get(file, "path"));
        json_int_t kind = json_integer_value(json_object_get(file, "kind"));
        if (path == NULL || kind < 0 || kind >= DESTROYED_COUNT) {
            return err_set(ERR_INPUT, "the list of what is to be destroyed is not in its format");
        }
        err_t err = file_destroy(path);
        if (err != OK && err != ERR_NOT_FOUND) { // gone in an earlier call
            return err;
        }
        counts[kind]++;
    }
    return OK;
}

// The list outlives the working folder of one call.
static err_t list_path(json_t *files, const char *path, err_t (*list)(json_t *files, const char *path)) {
    char *working = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
    char *whole = working == NULL ? NULL : path[0] == '/' ? strdup(path) : file_join(working, path);
    for (size_t len = whole == NULL ? 0 : strlen(whole); len > 1 && whole[len - 1] == '/'; len--) {
        whole[len - 1] = '\0';
    }
    err_t err = whole == NULL ? no_memory() : list(files, whole);
    free(whole);
    free(working);
    return err;
}

static err_t list_store(json_t *files, const char *store) {
    return list_folder(files, store, false);
}

err_t decommission_destroy(const char *store, const char *const *copies, size_t copy_count,
                           size_t out[DESTROYED_COUNT]) {
    size_t counts[DESTROYED_COUNT] = {0};
    json_t *files = NULL;
    struct decommission mark = {0};
    err_t err = decommission_load(store, &mark);
    json_decref(mark.act);
    if (err == OK) {
        err = load_list(store, &files);
    }
    if (err == OK) {
        err = list_path(files, store, list_store);
    }
    for (size_t i = 0; err == OK && i < copy_count; i++) {
        err = list_path(files, copies[i], list_copy);
    }
    if (err == OK) {
        err = store_list(store, files); // before the first of it goes
    }
    if (err == OK) {
        err = destroy_all(files, counts);
    }
    json_decref(files);
    if (err == OK) {
        memcpy(out, counts, sizeof counts);
    }
    return err;
}
