// SPDX-License-Identifier: Apache-2.0
#include "client/caseload.h"

#include <string.h>

#include "base/bytes.h"
#include "base/file.h"

static void put_quoted(struct buf *out, const char *text) {
    for (; *text != '\0'; text++) {
        buf_put(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    }
}

err_t caseload_write_rejects(const struct caseload *caseload, const char *path) {
    struct buf text = {0};
    buf_put_str(&text, "line,ref,column,reason\r\n");
    for (size_t i = 0; i < caseload->reject_count; i++) {
        const struct caseload_reject *reject = &caseload->rejects[i];
        buf_printf(&text, "%zu,\"", reject->line);
        put_quoted(&text, reject->ref);
        buf_printf(&text, "\",%s,\"", reject->column);
        put_quoted(&text, reject->reason);
        buf_printf(&text, "%s\"\r\n", reject->set_aside ? "; the row was used without it" : "");
    }
    err_t err = buf_check(&text);
    if (err == OK) {
        err = file_replace(path, 0600, buf_bytes(&text));
    }
    buf_free(&text);
    return err;
}
