// SPDX-License-Identifier: Apache-2.0
// Whole files: read with a bound, created once and never overwritten, or replaced atomically. Errors name the path.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

// Appends the file's bytes to `out`. ERR_NOT_FOUND, ERR_TOO_LARGE above `max`, ERR_IO.
err_t file_read(const char *path, size_t max, struct buf *out);

// The same for a secret file: also ERR_DENIED when group or others may read it. Reads into locked memory that the
// caller releases with secret_free, with a zero after the last byte. One trailing newline is dropped when `text` is
// set.
err_t file_read_secret(const char *path, size_t max, bool text, uint8_t **out, size_t *out_len);

// The same of a credential that systemd hands to this service, in the folder that CREDENTIALS_DIRECTORY names. Where
// the folder grants its user access by an access list, the list's mask shows as the group's. ERR_NOT_FOUND also outside
// a service; ERR_INPUT: not a name.
err_t file_read_credential(const char *name, size_t max, bool text, uint8_t **out, size_t *out_len);

// Creates the file with `mode`, writes, fsyncs file and folder. ERR_EXISTS when it is there; ERR_FULL; ERR_IO.
// A partial file is removed again.
err_t file_create(const char *path, mode_t mode, struct bytes contents);

// Writes beside the file, fsyncs, renames over it. Readers see the old or the new contents, whole. ERR_FULL; ERR_IO.
err_t file_replace(const char *path, mode_t mode, struct bytes contents);

// Overwrites the file with random bytes, fsyncs, and removes its name, durably. What a medium keeps of former contents
// in places of its own (SSDs, snapshots, copies) is out of reach: what is destroyed should have been sealed. A link is
// refused (ERR_IO); ERR_NOT_FOUND.
err_t file_destroy(const char *path);

// Tells one state of a file from another without reading it. A file that cannot be looked at has a stamp of zeros.
struct file_stamp {
    uint64_t device, inode, size;
    int64_t modified_s, modified_ns, changed_s, changed_ns;
};
void file_stamp(const char *path, struct file_stamp *out);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

// Creates the folder (0700) where it is missing; its parent must exist.
err_t file_make_dir(const char *path);

// "dir/name" in memory the caller frees; NULL when there is none.
char *file_join(const char *dir, const char *name);

#endif
