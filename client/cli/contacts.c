// SPDX-License-Identifier: Apache-2.0
#include "client/cli/contacts.h"

#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

#define CONTACTS_MAX (64 * 1024)

char *contacts_load(const char *path) {
    if (path == NULL) {
        return NULL;
    }
    struct buf text = {0};
    if (file_read(path, CONTACTS_MAX, &text) != OK) {
        buf_reset(&text);
        buf_printf(&text, "the file could not be read (%s)", err_detail());
    }
    const char *contents = buf_str(&text);
    char *copy = contents == NULL ? NULL : strdup(contents);
    buf_free(&text);
    return copy;
}
