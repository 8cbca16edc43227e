// SPDX-License-Identifier: Apache-2.0
#include "proto/seen.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/number.h"
#include "proto/limits.h"

#define SEEN_MAX 32 // bytes of the file

static err_t read_seen(const char *path, uint64_t *out) {
    struct buf text = {0};
    err_t err = file_read(path, SEEN_MAX, &text);
    if (err == OK) {
        int64_t seen = 0;
        const bool line = text.len > 0 && text.data[text.len - 1] == '\n';
        text.len -= line ? 1 : 0;
        const char *digits = buf_str(&text);
        if (!line || digits == NULL || strlen(digits) != text.len ||
            number_parse(digits, 0, MAX_VERSION, &seen) != OK) {
            err = err_set(ERR_CORRUPT, "%s: not a version", path);
        } else {
            *out = (uint64_t)seen;
        }
    }
    buf_free(&text);
    return err == ERR_TOO_LARGE ? err_prefix(ERR_CORRUPT, "not a version") : err;
}

err_t seen_version(const char *path, uint64_t version) {
    uint64_t seen = 0;
    err_t err = read_seen(path, &seen);
    if (err != OK && err != ERR_NOT_FOUND) {
        return err;
    }
    if (version < seen) {
        return err_set(ERR_STALE, "version %llu, where version %llu has been in force (%s)",
                       (unsigned long long)version, (unsigned long long)seen, path);
    }
    if (err == OK && version == seen) {
        return OK;
    }
    struct buf text = {0};
    buf_printf(&text, "%llu\n", (unsigned long long)version);
    err = buf_check(&text);
    err = err != OK ? err : file_replace(path, 0600, buf_bytes(&text));
    buf_free(&text);
    return err;
}
