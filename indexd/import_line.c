// SPDX-License-Identifier: Apache-2.0
#include "indexd/import_line.h"

#include <string.h>

#include "proto/urn.h"

err_t import_line_read(struct bytes line, size_t slots, char out_agency[MAX_ID + 1], struct involvement_request *out) {
    char agency[MAX_ID + 1] = "";
    const uint8_t *space = line.len == 0 ? NULL : memchr(line.data, ' ', line.len);
    const size_t id = space == NULL ? 0 : (size_t)(space - line.data);
    if (id < 1 || id > MAX_ID) {
        return err_set(ERR_INPUT, "must be an agency, a space, and a JSON document");
    }
    memcpy(agency, line.data, id);
    if (!urn_id_valid(agency) || strlen(agency) != id) {
        return err_set(ERR_INPUT, "not the id of an agency");
    }
    err_t err = involvement_request_read(bytes_of(space + 1, line.len - id - 1), slots, out);
    if (err == OK) {
        memcpy(out_agency, agency, sizeof agency);
    }
    return err;
}
