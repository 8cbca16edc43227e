// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/descriptor_file.h"

#include <inttypes.h>

#include "base/file.h"

err_t descriptor_file_read(const char *path, const struct note_key *authority, struct buf *whole,
                           struct descriptor *out) {
    struct note note;
    err_t err = file_read(path, MAX_DESCRIPTOR, whole);
    if (err != OK) {
        return err;
    }
    err = note_parse(buf_bytes(whole), &note);
    err = err != OK ? err : note_verify(&note, authority);
    err = err != OK ? err : descriptor_parse(note.text, out);
    return err == OK ? OK : err_prefix(err, "%s", path);
}

// The same file from an attempt that was cut off is as good.
static err_t keep_present(const struct folder *folder, uint64_t version, const struct buf *whole) {
    char path[PATH_MAX];
    struct buf kept = {0};
    err_t err = folder_path(folder->dir, path, FOLDER_DESCRIPTOR ".%" PRIu64, version);
    err = err != OK ? err : file_create(path, 0644, buf_bytes(whole));
    if (err == ERR_EXISTS && file_read(path, MAX_DESCRIPTOR, &kept) == OK &&
        bytes_equal(buf_bytes(&kept), buf_bytes(whole))) {
        err = OK;
    }
    buf_free(&kept);
    return err;
}

err_t descriptor_file_write_next(const struct folder *folder, const uint8_t *seed, const struct descriptor *next,
                                 const struct descriptor *present, const struct buf *whole) {
    char path[PATH_MAX];
    struct buf text = {0}, note = {0};
    err_t err = folder_path(folder->dir, path, FOLDER_DESCRIPTOR);
    err = err != OK ? err : descriptor_write(next, &text);
    err = err != OK ? err : folder_sign(folder, seed, buf_bytes(&text), &note);
    err = err != OK ? err : keep_present(folder, present->version, whole);
    err = err != OK ? err : file_replace(path, 0644, buf_bytes(&note));
    buf_free(&text);
    buf_free(&note);
    return err;
}

err_t descriptor_file_sign(const char *path, struct bytes whole, const struct note_key *own,
                           const uint8_t seed[NOTE_SEED_SIZE]) {
    struct buf signed_note = {0};
    struct note note;
    err_t err = note_parse(whole, &note);
    buf_put(&signed_note, whole.data, whole.len);
    err = err != OK ? err : note_sign(note.text, own->name, seed, &signed_note);
    err = err != OK ? err : buf_check(&signed_note);
    err = err != OK ? err : note_parse(buf_bytes(&signed_note), &note);
    if (err == OK && note_verify(&note, own) != OK) {
        err = err_prefix(ERR_SIGNATURE, "%s: the file carries a wrong signature under this holder's name", path);
    }
    err = err != OK ? err : file_replace(path, 0644, buf_bytes(&signed_note));
    buf_free(&signed_note);
    return err;
}
